package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.operator.action.Action.Instruct;
import dev.pgfork.operator.action.Action.Verb;
import dev.pgfork.operator.action.Action.VerbKey;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.instance.UnexpectedVerbs;
import dev.pgfork.operator.instance.VerbRefusedException;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import dev.pgfork.operator.postgres.Lsn;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each verb reaches the right pod, with the epoch of its changeover, and gives the result that planners expect. */
class InstructionTest {
    private static final Owner SHOP = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "uid");
    private static final FenceProof PROOF = new FenceProof("shut down", new Lsn(40), new Lsn(40), 7, "7439281");

    private final List<String> called = new ArrayList<>();

    @Test
    void callsTheVerbInThePodWithTheEpoch() {
        assertThat(call(new Verb.Fence())).isEqualTo(PROOF);
        assertThat(call(new Verb.Unfence())).isEqualTo(true);
        assertThat(call(new Verb.Promote())).isEqualTo(8);
        assertThat(call(new Verb.Follow("shop-instance.prod.svc"))).isEqualTo(true);
        assertThat(called)
                .containsExactly(
                        "fence prod/shop-replica-g1-0 9",
                        "unfence prod/shop-replica-g1-0 9",
                        "promote prod/shop-replica-g1-0 9",
                        "follow prod/shop-replica-g1-0 9 shop-instance.prod.svc");
    }

    @Test
    void takesNoAnswerForNoResult() {
        var silent = new UnexpectedVerbs() {
            @Override
            public FenceProof fence(String namespace, String pod, long epoch) {
                throw new ExecFailedException("no answer", null);
            }
        };
        assertThatThrownBy(() -> new Instruction(silent, instruct(new Verb.Fence())).call())
                .isInstanceOf(ExecFailedException.class)
                .isNotInstanceOf(VerbRefusedException.class);
    }

    @Test
    void tellsOneVerbFromAnotherAndOneChangeoverFromTheNext() {
        var fence = new VerbKey(SHOP, "shop", 9, Verb.Fence.class).work();
        assertThat(List.of(
                        new VerbKey(SHOP, "shop", 9, Verb.Unfence.class).work(),
                        new VerbKey(SHOP, "shop", 10, Verb.Fence.class).work(),
                        new VerbKey(SHOP, "shop-replica", 9, Verb.Fence.class).work()))
                .doesNotContain(fence)
                .doesNotHaveDuplicates();
    }

    private Object call(Verb verb) {
        return new Instruction(new Recording(), instruct(verb)).call();
    }

    private static Instruct instruct(Verb verb) {
        return new Instruct(new VerbKey(SHOP, "shop-replica", 9, verb.getClass()), "shop-replica-g1-0", verb);
    }

    private final class Recording extends UnexpectedVerbs {
        @Override
        public FenceProof fence(String namespace, String pod, long epoch) {
            called.add("fence %s/%s %d".formatted(namespace, pod, epoch));
            return PROOF;
        }

        @Override
        public void unfence(String namespace, String pod, long epoch) {
            called.add("unfence %s/%s %d".formatted(namespace, pod, epoch));
        }

        @Override
        public int promote(String namespace, String pod, long epoch) {
            called.add("promote %s/%s %d".formatted(namespace, pod, epoch));
            return 8;
        }

        @Override
        public void follow(String namespace, String pod, long epoch, String host) {
            called.add("follow %s/%s %d %s".formatted(namespace, pod, epoch, host));
        }
    }
}
