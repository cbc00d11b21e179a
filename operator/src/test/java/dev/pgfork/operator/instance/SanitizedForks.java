package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** A source with an e-mail address wherever one may be, and forks of it that wait for sanitize steps. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class SanitizedForks {
    /** So rare that any trace of it is one of the source's data. */
    static final String EMAIL = "zaphod.beeblebrox@magrathea.example";

    static final String MASK = "UPDATE customers SET email = 'masked-' || id;";

    private final Instances instances = new Instances();
    ScriptedInstance source;
    Instances forks;
    ScriptedInstance fork;

    @BeforeAll
    void makeSource() {
        source = instances.database().running();
        source.sql("postgres", "ALTER ROLE app SET search_path = \"$user\", public; CREATE DATABASE other OWNER app;");
        source.sql("app", """
                SET ROLE app;
                SET search_path = app;
                CREATE SCHEMA app;
                CREATE TABLE customers (id int PRIMARY KEY, email text, note text);
                INSERT INTO customers SELECT i, '%1$s', repeat('%1$s', 2000) FROM generate_series(1, 300) i;
                CREATE INDEX ON customers (email, id);
                CREATE INDEX ON customers (lower(email));
                CREATE STATISTICS emails (mcv) ON email, lower(email) FROM customers;
                CREATE TABLE visits (email text, at int) PARTITION BY RANGE (at);
                CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (100);
                INSERT INTO visits SELECT '%1$s', i %% 100 FROM generate_series(1, 500) i;
                CREATE TABLE leads AS SELECT '%1$s' AS email, i FROM generate_series(1, 100) i;
                CREATE TABLE dropped AS SELECT '%1$s' AS email, i FROM generate_series(1, 100) i;
                CREATE TABLE emptied AS SELECT '%1$s' AS email, i FROM generate_series(1, 100) i;
                SELECT lo_from_bytea(oid, convert_to(repeat('%1$s', 100), 'UTF8')) FROM unnest(ARRAY[4711, 4712]::oid[]) oid;
                ANALYZE;
                RESET ROLE;
                CHECKPOINT;
                """.formatted(EMAIL));
        RootFileSystem.write(source.pgdata().resolve("log/postgresql.log"), "SELECT '" + EMAIL + "'");
        RootFileSystem.write(source.pgdata().resolve("pg_stat_tmp/pgss_query_texts.stat"), "SELECT '" + EMAIL + "'");
        RootFileSystem.run(
                "chown", "-R", "999:999", source.pgdata().resolve("log").toString());
    }

    @BeforeEach
    void begin() {
        forks = new Instances();
    }

    @AfterEach
    void endForks() {
        forks.close();
    }

    @AfterAll
    void end() {
        instances.close();
    }

    ScriptedInstance forkWith(int steps) {
        fork = forks.forkOf(source).with("PGFORK_SANITIZE", Integer.toString(steps));
        return fork;
    }

    JsonNode hand(int step, String sql) {
        return hand(step, sql, "owner", "yes", "60", "app");
    }

    JsonNode hand(int step, String sql, String role, String transaction, String seconds, String database) {
        var parsed = SanitizeSql.of(sql);
        var answer = fork.callWith(
                new String(parsed.framed(), StandardCharsets.UTF_8),
                "sanitize",
                role,
                transaction,
                seconds,
                parsed.hash(),
                Integer.toString(step),
                database);
        assertThat(answer.path("ok").asBoolean()).as(answer.toString()).isTrue();
        return settled();
    }

    /** What is said of the steps when none is under way. */
    JsonNode settled() {
        return fork.awaitSettled(ScriptedInstance.PATIENCE).path("sanitize");
    }

    static String text(JsonNode sanitize) {
        return "%s %d"
                .formatted(
                        sanitize.path("state").asText(), sanitize.path("step").asInt());
    }

    void assertClosed() {
        assertThatThrownBy(() -> fork.login("app", ScriptedInstance.OWNER_PASSWORD, "app"))
                .isInstanceOf(SQLException.class);
        assertThat(fork.callWith("SELECT 1", "sql", "app").path("reason").asText())
                .isEqualTo("NotRunning");
    }

    void assertOpens() {
        assertThat(ScriptedInstance.phaseOf(fork.awaitSettled(ScriptedInstance.PATIENCE)))
                .as(fork.log())
                .isEqualTo("running");
    }
}
