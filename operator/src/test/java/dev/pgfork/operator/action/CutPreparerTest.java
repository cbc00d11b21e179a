package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.api.v1alpha1.CheckpointPolicy;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.postgres.ServerPosition;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.postgres.SynchronousReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CutPreparerTest {
    private static final ServerAddress SOURCE = new ServerAddress("10.0.0.1", 5432, "PEM", "secret");
    private static final Lsn MARKER = new Lsn(0x1000060);

    private final RecordingServer server = new RecordingServer();

    @ParameterizedTest
    @CsvSource({
        "Auto, 16777215, safety wal marker",
        "Auto, 16777216, safety wal checkpoint marker",
        "Always, 0, safety checkpoint marker",
        "Never, 99999999, safety marker",
    })
    void checkpointsWhereItIsWantedAndMarksAfterIt(CheckpointPolicy policy, long wal, String calls) {
        server.wal = wal;

        var prepared = prepare(policy);

        assertThat(String.join(" ", server.calls)).isEqualTo(calls);
        assertThat(prepared.marker()).isEqualTo(MARKER);
        assertThat(prepared.checkpointed()).isEqualTo(calls.contains("checkpoint"));
    }

    @Test
    void goesOnAfterACheckpointThatDoesNotEnd() {
        server.checkpointEnds = false;

        var prepared = prepare(CheckpointPolicy.Always);

        assertThat(prepared.checkpointed()).isFalse();
        assertThat(prepared.marker()).isEqualTo(MARKER);
    }

    @Test
    void writesNothingIntoASourceThatMustNotBeCut() {
        server.fsync = false;

        var prepared = prepare(CheckpointPolicy.Always);

        assertThat(server.calls).containsExactly("safety");
        assertThat(prepared.marker()).isNull();
        assertThat(prepared.safety().objection()).isPresent();
    }

    @Test
    void notesWhatAStandbyHasReplayedAndWritesNothing() {
        server.standby = standby(1, "streaming", 1);

        var prepared = prepare(CheckpointPolicy.Always);

        assertThat(server.calls).containsExactly("safety", "checkpoint", "replication");
        assertThat(prepared.marker()).isEqualTo(MARKER);
        assertThat(prepared.standby()).isEqualTo(server.standby);
    }

    @ParameterizedTest
    @CsvSource({"1, waiting, 1, receives nothing", "2, streaming, 2, is changing", "1, streaming, 2, receives nothing"})
    void doesNotCutAStandbyThatMayHaveLeftItsPrimarysHistory(
            int timeline, String receiver, int received, String message) {
        server.standby = standby(timeline, receiver, received);

        assertThatThrownBy(() -> prepare(CheckpointPolicy.Never)).hasMessageContaining(message);
    }

    @Test
    void doesNotCutAStandbyThatIsPromotedMeanwhile() {
        server.standby = standby(1, "streaming", 1);
        server.promoted = true;

        assertThatThrownBy(() -> prepare(CheckpointPolicy.Never)).hasMessageContaining("is changing");
    }

    private static Standby standby(int timeline, String receiver, int received) {
        var process = new ReplicationReport.Receiver(receiver, "shop", "slot", received, MARKER);
        return new Standby("uid", timeline, 700, List.of(), MARKER, MARKER, Optional.of(process), null, false);
    }

    @Test
    void failsIfTheServerDoes() {
        server.answers = false;

        assertThatThrownBy(() -> prepare(CheckpointPolicy.Always)).isInstanceOf(Server.ServerException.class);
    }

    private CutPreparation prepare(CheckpointPolicy policy) {
        return new CutPreparer(server, new Action.CutKey(Templates.PR_42, 1, 3), SOURCE, policy).call();
    }

    private static final class RecordingServer implements Server {
        private final List<String> calls = new ArrayList<>();
        private long wal;
        private boolean checkpointEnds = true;
        private boolean fsync = true;
        private boolean answers = true;
        private @Nullable Standby standby;
        private boolean promoted;

        @Override
        public ServerReport report(ServerAddress address) {
            throw new AssertionError("nobody asks for a report");
        }

        @Override
        public ForkSafety forkSafety(ServerAddress address) {
            calls.add("safety");
            if (!answers) {
                throw new ServerException("no answer", new IllegalStateException());
            }
            return new ForkSafety("uid", "7", 1, standby != null, fsync, true, "replica", false, List.of());
        }

        @Override
        public long walSinceCheckpoint(ServerAddress address) {
            calls.add("wal");
            return wal;
        }

        @Override
        public boolean checkpoint(ServerAddress address, Duration deadline) {
            calls.add("checkpoint");
            assertThat(deadline).isEqualTo(Duration.ofSeconds(30));
            return checkpointEnds;
        }

        @Override
        public Lsn commitMarker(ServerAddress address, String content) {
            calls.add("marker");
            assertThat(content).isEqualTo(Templates.PR_42.uid() + "/1.3");
            return MARKER;
        }

        @Override
        public ReplicationReport replication(ServerAddress address) {
            calls.add("replication");
            return promoted || standby == null
                    ? new ReplicationReport.Primary("uid", 1, 700, List.of(), new Lsn(0), MARKER, List.of())
                    : standby;
        }

        @Override
        public void expectPosition(ServerAddress address) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public SynchronousReport synchronous(ServerAddress address, boolean confirm) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public ServerPosition position(ServerAddress address) {
            throw new AssertionError("nobody asks for it here");
        }

        @Override
        public OptionalLong commitsBetween(ServerAddress address, Lsn from, Lsn to) {
            throw new AssertionError("not asked");
        }
    }
}
