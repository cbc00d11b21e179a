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
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.Server.ServerException;
import dev.pgfork.operator.postgres.ServerAddress;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Each verb reaches the right pod, with the epoch of its changeover, and gives the result that planners expect. */
class InstructionTest {
    private static final Owner SHOP = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "uid");
    private static final FenceProof PROOF = new FenceProof("shut down", new Lsn(40), new Lsn(40), 7, "7439281");

    private static final ServerAddress PRIMARY = new ServerAddress("10.0.0.1", 5432, "PEM", "secret");
    private static final ServerAddress TARGET = new ServerAddress("10.0.0.2", 5432, "PEM", "secret");
    private static final Verb.Fence HANDOVER =
            new Verb.Fence(Optional.of(new Action.Handover(PRIMARY, TARGET, "shop-other-g1-0")));

    private final List<String> called = Collections.synchronizedList(new ArrayList<>());
    private boolean preparationsFail;

    @Test
    void callsTheVerbInThePodWithTheEpoch() {
        assertThat(call(new Verb.Fence(Optional.empty()))).isEqualTo(PROOF);
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
        assertThatThrownBy(() -> new Instruction(server(), silent, instruct(new Verb.Fence(Optional.empty()))).call())
                .isInstanceOf(ExecFailedException.class)
                .isNotInstanceOf(VerbRefusedException.class);
    }

    @Test
    void opensWhatIsNeededWhileClientsWaitAndWritesOutWhatTheyWroteBeforeItFences() {
        assertThat(call(HANDOVER)).isEqualTo(PROOF);
        assertThat(called.subList(0, 3))
                .containsExactlyInAnyOrder(
                        "listen prod/shop-replica-g1-0", "listen prod/shop-other-g1-0", "expectPosition 10.0.0.2:5432");
        assertThat(called.subList(3, called.size()))
                .containsExactly("checkpoint 10.0.0.1:5432", "fence prod/shop-replica-g1-0 9");
    }

    @Test
    void fencesAllTheSameWhereThatFails() {
        preparationsFail = true;
        assertThat(call(HANDOVER)).isEqualTo(PROOF);
        assertThat(called).hasSize(5).last().isEqualTo("fence prod/shop-replica-g1-0 9");
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
        return new Instruction(server(), new Recording(), instruct(verb)).call();
    }

    private static Instruct instruct(Verb verb) {
        return new Instruct(new VerbKey(SHOP, "shop-replica", 9, verb.getClass()), "shop-replica-g1-0", verb);
    }

    private Server server() {
        return (Server) Proxy.newProxyInstance(
                Server.class.getClassLoader(), new Class<?>[] {Server.class}, (proxy, method, arguments) -> {
                    called.add(method.getName() + " " + arguments[0]);
                    if (preparationsFail) {
                        throw new ServerException("no route", new IllegalStateException());
                    }
                    return method.getReturnType() == boolean.class ? true : null;
                });
    }

    private final class Recording extends UnexpectedVerbs {
        @Override
        public void listen(String namespace, String pod) {
            called.add("listen %s/%s".formatted(namespace, pod));
            if (preparationsFail) {
                throw new ExecFailedException("no route", null);
            }
        }

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
