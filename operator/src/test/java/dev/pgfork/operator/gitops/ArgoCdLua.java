package dev.pgfork.operator.gitops;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.Globals;
import org.luaj.vm2.LoadState;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.compiler.LuaC;
import org.luaj.vm2.lib.BaseLib;
import org.luaj.vm2.lib.OsLib;
import org.luaj.vm2.lib.PackageLib;
import org.luaj.vm2.lib.TableLib;

/**
 * Runs a script as Argo CD does: the resource is {@code obj}; of the libraries there are only base, table, and from os
 * {@code time} and {@code date} (util/lua in its sources).
 */
final class ArgoCdLua {
    private ArgoCdLua() {}

    /** @return what the script returns, a table */
    static Map<String, Object> run(String script, Map<String, Object> resource, Map<String, String> parameters) {
        var globals = new Globals();
        globals.load(new BaseLib());
        globals.load(new PackageLib());
        globals.load(new TableLib());
        LoadState.install(globals);
        LuaC.install(globals);
        var os = new LuaTable();
        var all = new Globals();
        all.load(new PackageLib());
        all.load(new OsLib());
        os.set("time", all.get("os").get("time"));
        os.set("date", all.get("os").get("date"));
        globals.set("os", os);
        globals.get("package").get("loaded").set("os", os);
        globals.set("obj", lua(resource));
        globals.set("actionParams", lua(parameters));
        return asMap(globals.load(script).call().checktable());
    }

    private static LuaValue lua(@Nullable Object value) {
        return switch (value) {
            case null -> LuaValue.NIL;
            case Map<?, ?> fields -> {
                var table = new LuaTable();
                fields.forEach((name, field) -> table.set(LuaValue.valueOf(String.valueOf(name)), lua(field)));
                yield table;
            }
            case List<?> items ->
                LuaValue.listOf(items.stream().map(ArgoCdLua::lua).toArray(LuaValue[]::new));
            case Boolean bool -> LuaValue.valueOf(bool);
            case Number number -> LuaValue.valueOf(number.doubleValue());
            default -> LuaValue.valueOf(value.toString());
        };
    }

    /** A list has the keys 1, 2 and so on. */
    private static Map<String, Object> asMap(LuaTable table) {
        var map = new LinkedHashMap<String, Object>();
        for (var key : table.keys()) {
            map.put(key.tojstring(), java(table.get(key)));
        }
        return map;
    }

    private static Object java(LuaValue value) {
        return switch (value.type()) {
            case LuaValue.TTABLE -> asMap(value.checktable());
            case LuaValue.TBOOLEAN -> value.toboolean();
            case LuaValue.TNUMBER -> value.todouble();
            default -> value.tojstring();
        };
    }
}
