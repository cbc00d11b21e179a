package dev.pgfork.operator.gitops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.api.v1alpha1.PgforkApi;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.luaj.vm2.LuaError;

class ArgoCdActionsTest {

    private static Map<String, Object> discovered(String kind, String recorded) {
        var actions = Examples.document("argocd/%s-actions.yaml".formatted(kind));
        return ArgoCdLua.run(
                (String) Objects.requireNonNull(actions.get("discovery.lua")), Examples.recorded(recorded), Map.of());
    }

    private static Map<String, Object> after(String action, String recorded, Map<String, String> parameters) {
        var kind = recorded.substring(0, recorded.indexOf('-'));
        var definitions = (List<?>) Objects.requireNonNull(
                Examples.document("argocd/%s-actions.yaml".formatted(kind)).get("definitions"));
        var script = definitions.stream()
                .map(definition -> (Map<?, ?>) definition)
                .filter(definition -> action.equals(definition.get("name")))
                .map(definition -> (String) definition.get("action.lua"))
                .findFirst()
                .orElseThrow();
        return ArgoCdLua.run(script, Examples.recorded(recorded), parameters);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # recorded,              disabled
            fork-ready,             resume
            fork-quarantine,        resume
            fork-suspended,         suspend
            fork-expired,           renew resume suspend
            """)
    void offersWhatMakesSense(String recorded, String disabled) {
        var actions = discovered("fork", recorded);
        assertThat(actions).containsOnlyKeys("reset", "renew", "suspend", "resume");
        var off = new TreeSet<String>();
        actions.forEach((name, action) -> {
            if (Boolean.TRUE.equals(((Map<?, ?>) action).get("disabled"))) {
                off.add(name);
            }
        });
        assertThat(String.join(" ", off)).isEqualTo(disabled);
    }

    @Test
    void asksForAPrimaryAndKnowsTheWayBack() {
        assertThat(defaultOfPromote("database-ready")).isEmpty();
        assertThat(defaultOfPromote("database-promoted")).isEqualTo("shop");
    }

    private static String defaultOfPromote(String recorded) {
        var parameter = Examples.at(discovered("database", recorded), "promote", "params", "1");
        assertThat(parameter).containsEntry("name", "to");
        return (String) Objects.requireNonNull(parameter.get("default"));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            suspend, fork-ready,     suspend, true
            resume,  fork-suspended, suspend, false
            renew,   fork-ready,     ttl,     144h
            """)
    void changesOneField(String action, String recorded, String field, String value) {
        var before = Examples.at(Examples.recorded(recorded), "spec");
        var spec = Examples.at(after(action, recorded, Map.of("ttl", "144h")), "spec");
        assertThat(spec).hasEntrySatisfying(field, now -> assertThat(now).hasToString(value));
        assertThat(spec.get("from")).isEqualTo(before.get("from"));
        assertThat(before.get(field)).as("the test sees a change").isNotEqualTo(spec.get(field));
    }

    @Test
    void commandsAreDated() {
        assertThat(when(Examples.at(after("reset", "fork-expired", Map.of()), "spec")
                        .get("resetAt")))
                .isBetween(Instant.now().minus(Duration.ofMinutes(10)), Instant.now());
        var promote = Examples.at(after("promote", "database-ready", Map.of("to", "replica")), "spec", "promote");
        assertThat(promote).containsOnlyKeys("to", "at").containsEntry("to", "replica");
        assertThat(when(promote.get("at"))).isBetween(Instant.now().minus(Duration.ofMinutes(10)), Instant.now());
    }

    private static Instant when(Object text) {
        assertThat(text).asString().matches(PgforkApi.TIME);
        return Instant.parse(text.toString());
    }

    @Test
    void sayWhatIsMissing() {
        assertThatThrownBy(() -> after("promote", "database-ready", Map.of()))
                .isInstanceOf(LuaError.class)
                .hasMessageContaining("which instance is to be the primary?");
        assertThatThrownBy(() -> after("renew", "fork-ready", Map.of("ttl", "")))
                .hasMessageContaining("Give ttl, for instance 144h");
    }

    /** Otherwise Argo CD would take back at once what its action did. */
    @Test
    void whatActionsWriteIsNoDifferenceToGit() {
        assertThat(Examples.document("argocd/fork-differences.yaml").get("jqPathExpressions"))
                .isEqualTo(List.of(".spec.resetAt", ".spec.suspend", ".spec.ttl"));
        assertThat(Examples.document("argocd/database-differences.yaml").get("jqPathExpressions"))
                .isEqualTo(List.of(".spec.promote"));
    }

    /** They are given to Argo CD under keys that are made of group and kind. */
    @Test
    void everyKindHasItsCustomizations() {
        var generated = (List<?>) Objects.requireNonNull(
                Examples.document("argocd/kustomization.yaml").get("configMapGenerator"));
        var files = (List<?>) Objects.requireNonNull(((Map<?, ?>) generated.getFirst()).get("files"));
        assertThat(files)
                .allSatisfy(entry -> assertThat(entry.toString())
                        .matches("resource\\.customizations\\.(health|actions|ignoreDifferences)"
                                + "\\.pgfork\\.dev_Postgres(Database|Follower|Fork)=[a-z-]+\\.(lua|yaml)"));
        assertThat(files)
                .allSatisfy(entry -> assertThat(Examples.FOLDER.resolve(
                                "argocd/" + entry.toString().replaceAll(".*=", "")))
                        .exists());
        assertThat(files.stream().filter(entry -> entry.toString().contains(".health.")))
                .hasSize(3);
    }
}
