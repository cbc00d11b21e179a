package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.instance.InstanceVerbs;
import dev.pgfork.operator.kube.KubeWriter;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.JdbcServer;
import dev.pgfork.operator.status.StatusWriter;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which status is written when. */
class PlanRunnerTest {
    private static final PostgresDatabaseStatus OLD = primary("shop");
    private static final PostgresDatabaseStatus NEW = primary("shop-replica");
    private static final PostgresDatabaseStatus SOMEBODY_ELSES = primary("shop-other");

    private static final Action GROWTH = new Action.GrowVolume(
            new Owner("pgfork.dev/v1alpha1", PostgresDatabase.KIND, "prod", "shop", "uid"),
            new PersistentVolumeClaimBuilder()
                    .withNewMetadata()
                    .withName("shop-g1")
                    .endMetadata()
                    .build(),
            new Quantity("100Gi"));

    private final List<String> written = new ArrayList<>();
    private final Statuses statuses = new Statuses();
    private Optional<Plan<PostgresDatabaseStatus>> explained = Optional.empty();
    private final PlanRunner runner = new PlanRunner(
            new ActionExecutor(
                    refusing(),
                    notice -> written.add("publish " + notice.reason()),
                    unexpected(CredentialActions.class),
                    unexpected(InstanceVerbs.class),
                    new JdbcServer(),
                    unexpected(BesideWork.class),
                    new ActionListener() {}),
            statuses);

    @Test
    void writesTheStatusAtTheEnd() {
        run(plan());
        assertThat(written).containsExactly("write shop-replica");
    }

    @Test
    void writesAnIntentOnceAndTheStatusUponIt() {
        run(plan(new Action.PersistIntent()));
        assertThat(written).containsExactly("persist shop-replica", "write shop-replica");
    }

    /** Whoever lost the lease in the middle knows less than who has it now. */
    @Test
    void leavesAStatusAloneThatSomebodyElseWroteMeanwhile() {
        statuses.meanwhile = SOMEBODY_ELSES;
        run(plan());
        assertThat(written).isEmpty();
    }

    @Test
    void leavesAStatusAloneThatSomebodyElseWroteAfterTheIntent() {
        statuses.afterIntent = SOMEBODY_ELSES;
        run(plan(new Action.PersistIntent()));
        assertThat(written).containsExactly("persist shop-replica");
    }

    /** The cache of the framework may be behind, so that only the API server knows of the newer one. */
    @Test
    void plansAgainSoonWhenTheApiServerKnowsOfANewerStatus() {
        statuses.refusal = 409;
        assertThat(run(plan()).getScheduleDelay()).contains(100L);
    }

    @Test
    void doesNothingOnAnIntentThatIsOutOfDateButPlansAgainSoon() {
        statuses.refusal = 409;
        var announcement = new Action.Announce(new Notice(
                new Owner("pgfork.dev/v1alpha1", PostgresDatabase.KIND, "prod", "shop", "uid"),
                Notice.Type.Normal,
                "Promoted",
                "It is"));
        assertThat(run(plan(new Action.PersistIntent(), announcement)).getScheduleDelay())
                .contains(100L);
        assertThat(written).isEmpty();
    }

    @Test
    void looksAgainWhenThePlanSaysSo() {
        assertThat(run(plan()).getScheduleDelay()).contains(1000L);
    }

    @Test
    void doesNotTakeAnotherRefusalForANewerStatus() {
        statuses.refusal = 403;
        assertThatThrownBy(() -> run(plan())).isInstanceOf(KubernetesClientException.class);
    }

    /** An outage must be noticed whatever was refused. */
    @Test
    void aRefusalIsWrittenDownUponTheStatusOfAPlanThatIsDone() {
        explained = Optional.of(new Plan<>(SOMEBODY_ELSES, List.of(), Optional.of(Duration.ofMillis(5))));
        var control = run(plan(GROWTH, new Action.PersistIntent()));
        assertThat(written).containsExactly("persist shop-replica", "write shop-replica", "write shop-other");
        assertThat(control.getScheduleDelay()).contains(5L);

        statuses.present = OLD;
        explained = Optional.of(new Plan<>(SOMEBODY_ELSES, List.of(), Optional.empty()));
        assertThat(run(plan(GROWTH)).getScheduleDelay()).contains(1000L);
    }

    @Test
    void aRefusalThatNobodyCanExplainIsAFailureButTheStatusIsWritten() {
        assertThatThrownBy(() -> run(plan(GROWTH))).isInstanceOf(ActionFailedException.class);
        assertThat(written).containsExactly("write shop-replica");
    }

    private UpdateControl<PostgresDatabase> run(Plan<PostgresDatabaseStatus> plan) {
        return runner.reconcile(resource(OLD), plan, (newest, refusal) -> explained, context());
    }

    /** Of every volume that is to grow. */
    private static KubeWriter refusing() {
        return (KubeWriter) Proxy.newProxyInstance(
                KubeWriter.class.getClassLoader(), new Class<?>[] {KubeWriter.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("grow")) {
                        throw new KubernetesClientException("exceeded quota", 403, null);
                    }
                    throw new AssertionError("unexpected " + method);
                });
    }

    private static Plan<PostgresDatabaseStatus> plan(Action... actions) {
        return new Plan<>(NEW, List.of(actions), Optional.of(Duration.ofSeconds(1)));
    }

    private static PostgresDatabase resource(PostgresDatabaseStatus status) {
        var resource = new PostgresDatabase();
        resource.setStatus(status);
        return resource;
    }

    private static PostgresDatabaseStatus primary(String name) {
        return new PostgresDatabaseStatus(
                null, null, null, null, null, name, null, null, null, null, null, null, null, null, null, null, null);
    }

    @SuppressWarnings("unchecked") // nobody looks at it
    private static Context<PostgresDatabase> context() {
        return unexpected(Context.class);
    }

    @SuppressWarnings("unchecked") // it is of that type
    private static <T> T unexpected(Class<T> type) {
        return (T) Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            throw new AssertionError("unexpected " + method);
        });
    }

    private final class Statuses implements StatusWriter {
        private @Nullable PostgresDatabaseStatus meanwhile;
        private @Nullable PostgresDatabaseStatus afterIntent;
        private PostgresDatabaseStatus present = OLD;

        /** An HTTP status. */
        private int refusal;

        private void refuse() {
            if (refusal != 0) {
                throw new KubernetesClientException("refused", refusal, null);
            }
        }

        @Override
        public <S, R extends CustomResource<?, S>> boolean write(R resource, S status, Context<R> context) {
            refuse();
            written.add("write " + ((PostgresDatabaseStatus) status).primary());
            return true;
        }

        @Override
        @SuppressWarnings("unchecked") // of databases only
        public <S, R extends CustomResource<?, S>> R persist(R resource, S status, Context<R> context) {
            refuse();
            written.add("persist " + ((PostgresDatabaseStatus) status).primary());
            present = Objects.requireNonNullElse(afterIntent, (PostgresDatabaseStatus) status);
            return (R) resource((PostgresDatabaseStatus) status);
        }

        @Override
        @SuppressWarnings("unchecked") // of databases only
        public <R extends CustomResource<?, ?>> R newest(R observed, Context<R> context) {
            return (R) resource(Objects.requireNonNullElse(meanwhile, present));
        }
    }
}
