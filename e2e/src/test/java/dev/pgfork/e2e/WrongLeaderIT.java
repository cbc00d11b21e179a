package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.Operator;
import dev.pgfork.e2e.cluster.TestNamespace;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A follower whose leader's host leads to somebody else, as a wrong entry in the DNS would do it, streams nothing: not
 * from another database, and not from a fork of its own leader, whose history looks like the right one.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WrongLeaderIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private Operator operator;
    private Instance replica;

    @BeforeAll
    void makeAFollowerAndTwoStrangers() {
        operator = new Operator(NAMESPACE.client());
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec: {storage: {size: 1Gi}, deletionPolicy: Delete}
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: other}
                spec: {storage: {size: 1Gi}, deletionPolicy: Delete}
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: fork}
                spec: {from: {name: shop}}
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: replica}
                spec: {follows: {name: shop}}
                """);
        NAMESPACE.database("shop").awaitReady();
        NAMESPACE.database("other").awaitReady();
        NAMESPACE.fork("fork").awaitReady();
        replica = NAMESPACE.follower("replica").awaitReady();
        operator.stop(); // it would put things right again
    }

    @ParameterizedTest
    @ValueSource(strings = {"fork", "other"})
    void nothingIsStreamedFromAStranger(String stranger) {
        var replayed = replica.psql("select pg_last_wal_replay_lsn()");
        var refusals = refusals();

        follow(stranger);

        NAMESPACE.eventually(
                "the stranger's certificate is refused",
                () -> assertThat(refusals()).isGreaterThan(refusals));
        assertThat(replica.psql("select count(*) from pg_stat_wal_receiver where status = 'streaming'"))
                .isEqualTo("0");
        assertThat(replica.psql("select pg_last_wal_replay_lsn() = '%s'".formatted(replayed)))
                .isEqualTo("t");
    }

    private long refusals() {
        return NAMESPACE
                .log(replica.podName())
                .lines()
                .filter(line -> line.contains("certificate verify failed"))
                .count();
    }

    @AfterEach
    void itFindsItsLeaderAgain() {
        follow("shop");
        NAMESPACE.eventually(
                "it streams again",
                () -> assertThat(replica.psql("select status from pg_stat_wal_receiver"))
                        .isEqualTo("streaming"));
    }

    /** By the verb with which the operator itself would do it, at the epoch that the instance has. */
    private void follow(String leader) {
        var host = "%s-instance.%s.svc".formatted(leader, NAMESPACE.name());
        replica.shell().bash("""
                script=/pgfork/script/instance.sh
                epoch=$(bash $script status | sed 's/.*"epoch":\\([0-9]*\\).*/\\1/')
                printf '%%d\\n%%s' %d %s | bash $script follow "$epoch"
                """.formatted(host.length(), host));
    }

    @AfterAll
    void startTheOperator() {
        operator.start();
    }
}
