package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commits that a follower lacks are counted, not estimated. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LagIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private Instance shop;
    private Instance replica;

    @BeforeAll
    void makeADatabaseThatCommitsNothingByItself() {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                  parameters: {autovacuum: "off"}
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: replica}
                spec:
                  follows: {name: shop}
                """);
        shop = NAMESPACE.database("shop").awaitReady();
        replica = NAMESPACE.follower("replica").awaitReady();
        shop.psql("create table counted (i int)");
    }

    /** Each third commit has a subtransaction in it, and an aborted transaction after it. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 127, 10_000})
    void commitsThatAreNotReplayedAreCountedExactly(int commits) {
        awaitCommitsOfLag(0);
        replica.psql("select pg_wal_replay_pause()");
        NAMESPACE.eventually(
                "replay stands still",
                () -> assertThat(replica.psql("select pg_get_wal_replay_pause_state()"))
                        .isEqualTo("paused"));
        shop.psql("""
                do $$ begin
                  for i in 1..%d loop
                    if i %% 3 = 0 then
                      begin insert into counted values (-i); exception when others then null; end;
                    end if;
                    insert into counted values (i);
                    commit;
                    if i %% 3 = 0 then insert into counted values (i); rollback; end if;
                  end loop;
                end $$
                """.formatted(commits));

        awaitCommitsOfLag(commits);
    }

    @AfterEach
    void goOn() {
        replica.psql("select pg_wal_replay_resume()");
    }

    private void awaitCommitsOfLag(long commits) {
        NAMESPACE.eventually("the lag is " + commits + " commits", () -> {
            var lag = replica.followerStatus().lag();
            assertThat(lag).isNotNull();
            assertThat(lag.commits()).isEqualTo(commits);
            assertThat(lag.commitsExact()).isTrue();
        });
    }
}
