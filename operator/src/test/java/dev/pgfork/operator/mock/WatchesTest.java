package dev.pgfork.operator.mock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.mock.Watches.Change;
import io.fabric8.mockwebserver.crud.Attribute;
import io.fabric8.mockwebserver.crud.AttributeSet;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchesTest {
    private static final AttributeSet SHOPS = attributes("shop");
    private static final AttributeSet OTHERS = attributes("other");

    private final Watches watches = new Watches();
    private final List<String> heard = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        watches.close();
    }

    @Test
    void tellsWhatCameBetweenAListAndItsWatch() {
        watches.tell(new Change(7, null, SHOPS, null, "\"before\""));
        watches.tell(new Change(8, SHOPS, SHOPS, "\"before\"", "\"changed\""));
        open(watches.since(7, SHOPS));
        watches.tell(new Change(9, SHOPS, null, "\"changed\"", null));
        expect("MODIFIED changed", "DELETED changed");
    }

    @Test
    void tellsOfWhatComesIntoSightAndLeavesIt() {
        open(watches.fromNow(Map.of(SHOPS, "\"there\"", OTHERS, "\"elsewhere\""), SHOPS));
        watches.tell(new Change(1, OTHERS, SHOPS, "\"elsewhere\"", "\"here\""));
        watches.tell(new Change(2, SHOPS, OTHERS, "\"here\"", "\"away\""));
        watches.tell(new Change(3, OTHERS, OTHERS, "\"away\"", "\"further\""));
        watches.tell(new Change(4, null, SHOPS, null, "\"last\""));
        expect("ADDED there", "ADDED here", "DELETED here", "ADDED last");
    }

    @Test
    void keepsWhatIsToldBeforeTheConnectionIsThere() {
        var watch = watches.fromNow(Map.of(), SHOPS);
        watches.tell(new Change(1, null, SHOPS, null, "\"early\""));
        assertThat(heard).isEmpty();
        open(watch);
        expect("ADDED early");
    }

    @Test
    void tellsNobodyWhoHasLeft() {
        var gone = watches.fromNow(Map.of(), SHOPS);
        gone.onOpen(socket("gone "), null);
        gone.onClosed(socket("gone "), 1000, "");
        open(watches.fromNow(Map.of(), SHOPS));
        watches.tell(new Change(1, null, SHOPS, null, "\"news\""));
        expect("ADDED news");
    }

    @Test
    void saysWhatItDoesNotRememberAnyMore() {
        for (var version = 1; version <= 1_001; version++) {
            watches.tell(new Change(version, null, SHOPS, null, "\"" + version + "\""));
        }
        assertThat(watches.remember(0)).isFalse();
        assertThat(watches.remember(1)).isTrue();
        open(watches.since(1, SHOPS));
        await().until(() -> heard.size() == 1_000);
        assertThat(heard).startsWith("ADDED 2").endsWith("ADDED 1001");
    }

    private void expect(String... events) {
        await().untilAsserted(() -> assertThat(heard).containsExactly(events));
    }

    private void open(WebSocketListener watch) {
        watch.onOpen(socket(""), null);
    }

    private WebSocket socket(String name) {
        return (WebSocket) Proxy.newProxyInstance(
                WebSocket.class.getClassLoader(), new Class<?>[] {WebSocket.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("send")) {
                        var event = String.valueOf(arguments[0]);
                        heard.add(name + event.replaceAll("^\\{\"type\":\"(.*)\",\"object\":\"(.*)\"}$", "$1 $2"));
                    }
                    return method.getReturnType() == boolean.class ? true : null;
                });
    }

    private static AttributeSet attributes(String name) {
        return new AttributeSet(new Attribute("name", name));
    }
}
