package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.api.v1alpha1.CheckpointPolicy;
import dev.pgfork.operator.instance.ClientRole;
import dev.pgfork.operator.instance.ConfigurationBundle;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.instance.UnexpectedVerbs;
import dev.pgfork.operator.instance.VerbRefusedException;
import dev.pgfork.operator.kube.KubeWriter;
import dev.pgfork.operator.kube.NameTakenException;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.JdbcServer;
import dev.pgfork.operator.postgres.ScramVerifier;
import dev.pgfork.operator.postgres.ServerAddress;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ActionExecutorTest {
    private static final InstanceTemplate TEMPLATE = Templates.database();
    private static final Owner OWNER = TEMPLATE.owner();
    private static final HasMetadata SECRET = new SecretBuilder()
            .withNewMetadata()
            .withName("shop-app")
            .endMetadata()
            .build();

    private static final Pod POD = new PodBuilder()
            .withNewMetadata()
            .withName("shop-g1-0")
            .endMetadata()
            .build();
    private static final PersistentVolumeClaim VOLUME = new PersistentVolumeClaimBuilder()
            .withNewMetadata()
            .withName("shop-g1")
            .endMetadata()
            .build();
    private static final ScramVerifier VERIFIER = ScramVerifier.of("secret", new SecureRandom());

    private final List<String> done = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private @Nullable RuntimeException failure;
    private @Nullable RuntimeException refusal;
    private boolean published;
    private BesideWork.@Nullable Progress<Object> earlier;
    private final ActionExecutor executor = new ActionExecutor(
            new RecordingWriter(),
            notice -> done.add("publish " + notice.reason()),
            new RecordingCredentials(),
            new RecordingVerbs(),
            new JdbcServer(),
            new RecordingWork(),
            new Listener());

    @Test
    void doesEveryActionInOrder() {
        execute(
                new Action.Create(OWNER, SECRET),
                new Action.PersistIntent(),
                new Action.Apply(OWNER, SECRET),
                new Action.Delete(OWNER, SECRET),
                new Action.CreateCredentials(TEMPLATE),
                new Action.RenewCertificate(TEMPLATE),
                new Action.PublishBinding(TEMPLATE),
                new Action.Reload(TEMPLATE),
                new Action.AttachMember(TEMPLATE, "shop-replica-g1-0"),
                Action.DetachMember.of(OWNER, "shop-replica-g1-0"),
                new Action.LabelPod(OWNER, POD, "pgfork.dev/read", null),
                new Action.AnnotateVolume(OWNER, VOLUME, "pgfork.dev/kept", "Diverged"),
                new Action.PrepareCut(
                        new Action.CutKey(OWNER, 1, 2),
                        new ServerAddress("10.0.0.1", 5432, "PEM", "secret"),
                        CheckpointPolicy.Auto),
                new Action.AwaitOpening(new Action.OpeningKey(OWNER, "pod-uid"), "shop-g1-0"),
                new Action.PrepareChangeover(
                        new Action.PreparationKey(OWNER, 8, "2026-11-21T10:00:00Z"),
                        new ServerAddress("10.0.0.1", 5432, "PEM", "secret"),
                        "shop-replica-g1-0",
                        List.of("pgfork_shop_0123abcd")),
                new Action.Instruct(
                        new Action.VerbKey(OWNER, "shop", 8, Action.Verb.Fence.class),
                        "shop-g1-0",
                        new Action.Verb.Fence(Optional.empty())),
                new Action.Announce(new Notice(OWNER, Notice.Type.Normal, "Ready", "It is ready")));

        assertThat(done)
                .containsExactly(
                        "create shop-app",
                        "persist",
                        "apply shop-app",
                        "delete shop-app",
                        "create credentials",
                        "renew certificate",
                        "publish binding",
                        "reload prod/shop-g1-0 [tls.crt]",
                        "sql prod/shop-replica-g1-0 postgres: CREATE pgfork_replica_shop pgfork_shop_0b0c5b5e",
                        "sql prod/shop-replica-g1-0 postgres: DROP pgfork_replica_shop pgfork_shop_0b0c5b5e",
                        "label shop-g1-0 pgfork.dev/read null",
                        "annotate shop-g1 pgfork.dev/kept Diverged",
                        "start PrepareCut 1.2 with CutPreparer",
                        "start AwaitOpening pod-uid with OpeningWatch",
                        "start PrepareChangeover 8 2026-11-21T10:00:00Z with ChangeoverPreparer",
                        "start Fence shop 8 with Instruction",
                        "publish Ready");
        assertThat(heard).hasSize(34).startsWith("before Create", "after Create", "before PersistIntent");
    }

    /** Clients must not find a password that the server does not know yet. */
    @Test
    void tellsTheServerOfAPasswordBeforeClients() {
        execute(new Action.ChangePassword(TEMPLATE, ClientRole.OWNER, "shop-replica-g1-0"));
        assertThat(done)
                .containsExactly(
                        "new password of OWNER",
                        "sql prod/shop-replica-g1-0 postgres: SET synchronous_commit = local; SET log_statement = none;"
                                + " ALTER ROLE \"app\" PASSWORD '" + VERIFIER.text() + "';",
                        "publish OWNER");
        done.clear();
        published = true;
        execute(new Action.ChangePassword(TEMPLATE, ClientRole.OWNER, "shop-replica-g1-0"));
        assertThat(done).as("the Secret is there").isEmpty();
    }

    @Test
    void callsAVerbAgainOnlyIfItFailed() {
        var fence = new Action.Instruct(
                new Action.VerbKey(OWNER, "shop", 8, Action.Verb.Fence.class),
                "shop-g1-0",
                new Action.Verb.Fence(Optional.empty()));
        earlier = new BesideWork.Progress.Done<>(true);
        execute(fence);
        earlier = new BesideWork.Progress.Running<>();
        execute(fence);
        assertThat(done).containsOnly("start Fence shop 8 with Instruction");
        done.clear();
        earlier = new BesideWork.Progress.Failed<>("no answer");
        execute(fence);
        assertThat(done).containsExactly("forget Fence shop 8", "start Fence shop 8 with Instruction after a pause");
    }

    @Test
    void callsAVerbAgainWhereWhatItDidIsUndone() {
        var key = new Action.VerbKey(OWNER, "shop", 8, Action.Verb.Follow.class);
        var follow = new Action.Instruct(key, "shop-g1-0", new Action.Verb.Follow("h"), true);
        earlier = new BesideWork.Progress.Running<>();
        execute(follow);
        assertThat(done).containsExactly("start Follow shop 8 with Instruction");
        done.clear();
        earlier = new BesideWork.Progress.Done<>(true);
        execute(follow);
        assertThat(done).containsExactly("forget Follow shop 8", "start Follow shop 8 with Instruction after a pause");
    }

    @Test
    void stopsAtTheFirstFailureAndSaysWhat() {
        failure = new KubernetesClientException(new StatusBuilder()
                .withCode(403)
                .withMessage("secrets \"shop-app\" is forbidden: exceeded quota")
                .build());

        assertThatThrownBy(() -> execute(
                        new Action.PersistIntent(), new Action.Create(OWNER, SECRET), new Action.PersistIntent()))
                .isInstanceOf(ActionFailedException.class)
                .hasMessage("cannot create Secret shop-app: secrets \"shop-app\" is forbidden: exceeded quota")
                .hasCause(failure);

        assertThat(done).containsExactly("persist");
        assertThat(heard)
                .containsExactly("before PersistIntent", "after PersistIntent", "before Create", "failed Create");
    }

    @Test
    void letsATakenNameThrough() {
        failure = new NameTakenException("Secret shop-app belongs to somebody else");

        assertThatThrownBy(() -> execute(new Action.Apply(OWNER, SECRET))).isSameAs(failure);

        assertThat(heard).containsExactly("before Apply", "failed Apply");
    }

    /** What is refused is no failure of what was planned beside it. */
    @Test
    void goesOnWhenSomethingIsRefusedThatNothingElseDependsOn() {
        refusal = new VerbRefusedException("ConfigurationRejected", "no such library");
        var refusals = executor.execute(
                List.of(new Action.Reload(TEMPLATE), new Action.Create(OWNER, SECRET)), () -> done.add("persist"));
        assertThat(done).containsExactly("create shop-app");
        assertThat(heard).contains("failed Reload");
        assertThat(refusals)
                .singleElement()
                .satisfies(refused -> assertThat(refused).hasMessageContaining("no such library"));
    }

    private void execute(Action... actions) {
        executor.execute(List.of(actions), () -> done.add("persist"));
    }

    private void note(String what) {
        if (failure != null) {
            throw failure;
        }
        done.add(what);
    }

    private final class RecordingWriter implements KubeWriter {
        @Override
        public void create(Owner owner, HasMetadata object) {
            note("create " + object.getMetadata().getName());
        }

        @Override
        public void apply(Owner owner, HasMetadata object) {
            note("apply " + object.getMetadata().getName());
        }

        @Override
        public void label(Owner owner, HasMetadata observed, String label, @Nullable String value) {
            note("label " + observed.getMetadata().getName() + " " + label + " " + value);
        }

        @Override
        public void annotate(Owner owner, HasMetadata observed, String annotation, @Nullable String value) {
            note("annotate " + observed.getMetadata().getName() + " " + annotation + " " + value);
        }

        @Override
        public void grow(Owner owner, PersistentVolumeClaim observed, Quantity size) {
            note("grow " + observed.getMetadata().getName() + " " + size);
        }

        @Override
        public void addFinalizer(Owner owner, HasMetadata observed, String finalizer) {
            note("hold " + observed.getMetadata().getName() + " " + finalizer);
        }

        @Override
        public void removeFinalizer(Owner owner, HasMetadata observed, String finalizer) {
            note("release " + observed.getMetadata().getName() + " " + finalizer);
        }

        @Override
        public void delete(Owner owner, HasMetadata observed) {
            note("delete " + observed.getMetadata().getName());
        }
    }

    private final class RecordingCredentials implements CredentialActions {
        @Override
        public void create(InstanceTemplate template) {
            note("create credentials");
        }

        @Override
        public void renewCertificate(InstanceTemplate template) {
            note("renew certificate");
        }

        @Override
        public void publishBinding(InstanceTemplate template) {
            note("publish binding");
        }

        @Override
        public Optional<ScramVerifier> newPassword(InstanceTemplate template, ClientRole role) {
            if (published) {
                return Optional.empty();
            }
            note("new password of " + role);
            return Optional.of(VERIFIER);
        }

        @Override
        public void publish(InstanceTemplate template, ClientRole role) {
            note("publish " + role);
        }

        @Override
        public ScramVerifier replication(InstanceTemplate member) {
            return VERIFIER;
        }

        @Override
        public ConfigurationBundle configuration(InstanceTemplate template) {
            return new ConfigurationBundle(new TreeMap<>(Map.of("tls.crt", "PEM")));
        }
    }

    private final class RecordingVerbs extends UnexpectedVerbs {
        @Override
        public void reload(String namespace, String pod, ConfigurationBundle bundle) {
            if (refusal != null) {
                throw refusal;
            }
            note("reload " + namespace + "/" + pod + " " + bundle.files().keySet());
        }

        @Override
        public String sql(String namespace, String pod, String database, String statements) {
            if (statements.contains("PASSWORD") && !statements.contains("CREATE ROLE")) {
                note("sql " + namespace + "/" + pod + " " + database + ": " + statements);
                return "";
            }
            var what = statements.contains(VERIFIER.text()) ? "CREATE" : "DROP";
            var names = Pattern.compile("pgfork_(replica_shop|shop_[0-9a-f]{8})")
                    .matcher(statements)
                    .results()
                    .map(MatchResult::group)
                    .distinct()
                    .collect(Collectors.joining(" "));
            note("sql " + namespace + "/" + pod + " " + database + ": " + what + " " + names);
            return "";
        }
    }

    private final class RecordingWork implements BesideWork {
        @Override
        public <R> void start(Key key, Duration pause, Callable<R> work) {
            note("start " + key.name() + " " + key.detail() + " with "
                    + work.getClass().getSimpleName() + (pause.isZero() ? "" : " after a pause"));
        }

        @Override
        @SuppressWarnings("unchecked")
        public <R> Optional<Progress<R>> progress(Key key, Class<R> type) {
            return Optional.ofNullable((Progress<R>) earlier);
        }

        @Override
        public void forget(String ownerUid) {}

        @Override
        public void forget(Key key) {
            note("forget " + key.name() + " " + key.detail());
        }
    }

    private final class Listener implements ActionListener {
        @Override
        public void before(Action action) {
            heard.add("before " + action.getClass().getSimpleName());
        }

        @Override
        public void after(Action action) {
            heard.add("after " + action.getClass().getSimpleName());
        }

        @Override
        public void failed(Action action, RuntimeException cause) {
            heard.add("failed " + action.getClass().getSimpleName());
        }
    }
}
