package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.operator.action.Action.Verb;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.VirtualThreadBesideWork;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.TimelineHistories;
import dev.pgfork.operator.instance.UnexpectedVerbs;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.Server.ServerException;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.postgres.ServerPosition;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChangeoverObserverTest {
    private static final Owner SHOP = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "uid-s");
    private static final Owner REPLICA =
            new Owner("pgfork.dev/v1alpha1", "PostgresFollower", "prod", "shop-replica", "uid-r");
    private static final List<Member> MEMBERS = List.of(
            new Member(SHOP, 1, true, false, Optional.empty(), Optional.of(address("10.0.0.1"))),
            new Member(REPLICA, 2, false, false, Optional.empty(), Optional.of(address("10.0.0.2"))));

    /** By address. */
    private final Map<String, ServerPosition> answers = new HashMap<>(Map.of(
            "10.0.0.1", position("uid-s", 1, false, List.of("cdc", "synced")),
            "10.0.0.2", position("uid-r", 2, true, List.of("synced"))));

    private final List<String> asked = new ArrayList<>();
    private final VirtualThreadBesideWork beside = new VirtualThreadBesideWork(owner -> {});
    private final ChangeoverObserver observer =
            new ChangeoverObserver(server(), new TimelineHistories(new UnexpectedVerbs() {}), beside);

    @AfterEach
    void close() {
        beside.close();
    }

    @Test
    void asksBothBeforeClientsNoticeAnything() {
        var seen = observe(ChangeoverStep.Waiting);
        assertThat(seen.from().found()).get().returns(false, MemberPosition::inRecovery);
        assertThat(seen.to().found()).get().returns(true, MemberPosition::inRecovery);
        assertThat(asked).as("the target first").containsExactly("10.0.0.2", "10.0.0.1");
        assertThat(seen.logicalSlots()).containsExactly("cdc");
        assertThat(seen.following()).containsOnlyKeys("shop");
    }

    @Test
    void believesOnlyTheVeryServerOfAMember() {
        answers.put("10.0.0.2", position("uid-s", 2, true, List.of()));
        assertThat(observe(ChangeoverStep.CatchingUp).to())
                .isEqualTo(new Looked.Unknown<>("another server answers at 10.0.0.2:5432"));
        answers.put("10.0.0.2", position("uid-r", 1, true, List.of()));
        assertThat(observe(ChangeoverStep.CatchingUp).to())
                .as("an earlier generation")
                .isInstanceOf(Looked.Unknown.class);
        answers.remove("10.0.0.2");
        assertThat(observe(ChangeoverStep.CatchingUp).to()).isEqualTo(new Looked.Unknown<>("no route"));
    }

    @Test
    void asksNobodyWhileThePrimaryIsBeingFencedAndTheTargetPromoted() {
        answers.clear();
        for (var step : List.of(ChangeoverStep.Fencing, ChangeoverStep.Promoting, ChangeoverStep.Following)) {
            assertThat(observe(step).to()).isEqualTo(new Looked.Unknown<>("it was not asked"));
        }
    }

    @Test
    void asksTheTargetOnceTheFenceHasEnded() {
        beside.start(ChangeoverObserver.key(SHOP, "shop", 8, Verb.Fence.class).work(), ChangeoverWorld::clean);
        Awaitility.await().until(() -> observe(ChangeoverStep.Fencing).fence().orElseThrow() instanceof Progress.Done);
        assertThat(observe(ChangeoverStep.Fencing).to().found()).isPresent();
    }

    private ChangeoverObservation observe(ChangeoverStep step) {
        var changeover = ChangeoverStatus.begin("shop", "shop-replica", 8, "2026-11-21T10:00:00Z")
                .at(step, "2026-11-21T10:00:00Z");
        return observer.observe(SHOP, changeover, MEMBERS);
    }

    private static ServerAddress address(String host) {
        return new ServerAddress(host, 5432, "PEM", "secret");
    }

    private static ServerPosition position(String uid, int generation, boolean inRecovery, List<String> slots) {
        return new ServerPosition(
                uid, generation, "7439281", 17, inRecovery, 7, new Lsn(40), new Lsn(40), inRecovery, slots);
    }

    /** Nothing but positions is asked for. */
    private Server server() {
        return (Server) Proxy.newProxyInstance(
                Server.class.getClassLoader(), new Class<?>[] {Server.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("position");
                    var host = ((ServerAddress) arguments[0]).host();
                    asked.add(host);
                    var answer = answers.get(host);
                    if (answer == null) {
                        throw new ServerException("no route", new IllegalStateException());
                    }
                    return Objects.requireNonNull(answer);
                });
    }
}
