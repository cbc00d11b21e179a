package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.Looked;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LostRecordTest {
    private final Map<String, Looked<ScriptStatus>> scripts = new HashMap<>(Map.of(
            "shop", new Looked.Found<>(DatabaseWorld.script(Phase.fenced, "fenced", 9, null)),
            "shop-replica", new Looked.Found<>(DatabaseWorld.script(Phase.running, "primary", 8, null))));

    @Test
    void findsTheOnlyPrimaryAndTheHighestEpoch() {
        assertThat(LostRecord.read(scripts)).isEqualTo(new LostRecord.Primary("shop-replica", 9));
    }

    @Test
    void doesNotGuessForOneThatIsSilent() {
        scripts.put("other", new Looked.Unknown<>("no route"));
        scripts.put("another", new Looked.Absent<>());
        assertThat(LostRecord.read(scripts))
                .isEqualTo(new LostRecord.Unclear("another, other cannot be asked, and may be the primary"));
    }

    @Test
    void doesNotChooseBetweenTwo() {
        scripts.put("other", new Looked.Found<>(DatabaseWorld.script(Phase.running, "primary", 10, null)));
        assertThat(LostRecord.read(scripts))
                .isInstanceOfSatisfying(
                        LostRecord.Unclear.class,
                        unclear -> assertThat(unclear.reason()).startsWith("other and shop-replica are primaries"));
    }

    @Test
    void makesNobodyThePrimary() {
        scripts.remove("shop-replica");
        assertThat(LostRecord.read(scripts)).isEqualTo(new LostRecord.Unclear("no instance is a primary"));
    }
}
