package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Roles of the source that a fork is asked to let in. */
@Tag("postgres")
@TestInstance(Lifecycle.PER_CLASS)
class AccessInstanceScriptTest {
    private static final String OLD = "password-of-the-source";
    private static final String NEW = "password-of-the-fork";

    private final Instances instances = new Instances();
    private ScriptedInstance source;

    @BeforeAll
    void makeSource() {
        source = instances.database().running();
        source.sql("app", """
                CREATE ROLE reader LOGIN PASSWORD '%1$s' VALID UNTIL '2020-01-01';
                CREATE ROLE writer LOGIN PASSWORD '%1$s';
                CREATE ROLE boss LOGIN SUPERUSER PASSWORD '%1$s';
                CREATE ROLE copier LOGIN REPLICATION PASSWORD '%1$s';
                CREATE ROLE maker LOGIN CREATEROLE PASSWORD '%1$s';
                CREATE TABLE public.things AS SELECT 42 AS thing;
                GRANT SELECT ON public.things TO reader;
                """.formatted(OLD));
    }

    @AfterAll
    void end() {
        instances.close();
    }

    @Test
    void aNamedRoleGetsInWithAPasswordOfItsOwnAndNobodyElse() throws SQLException {
        var fork = instances.forkOf(source).letting("reader", NEW).running();
        try (var reader = fork.login("reader", NEW, "app");
                var statement = reader.createStatement();
                var rows = statement.executeQuery("SELECT thing FROM public.things")) {
            assertThat(rows.next()).isTrue();
            assertThatThrownBy(() -> statement.execute("DELETE FROM public.things"))
                    .isInstanceOf(SQLException.class);
        }
        for (var role : new String[] {"reader", "writer", "boss", "copier"}) {
            assertThatThrownBy(() -> fork.login(role, OLD, "app")).as(role).isInstanceOf(SQLException.class);
        }
        assertThat(fork.sql("postgres", "SELECT rolname FROM pg_authid WHERE rolpassword IS NOT NULL ORDER BY 1"))
                .isEqualTo("app\npgfork\nreader");
    }

    @Test
    void whoCouldGetAtFilesOrWalStaysOut() {
        assertRefused("boss", "AccessRefused");
        assertRefused("copier", "AccessRefused");
        assertRefused("maker", "AccessRefused");
    }

    @Test
    void aRoleThatIsNotThereIsSaidSo() {
        assertRefused("nobody", "AccessRoleMissing");
    }

    private void assertRefused(String role, String reason) {
        var fork = instances.forkOf(source).letting(role, NEW).start();
        var status = fork.awaitSettled(ScriptedInstance.PATIENCE);
        assertThat(status.path("reason").asText()).isEqualTo(reason);
        assertThat(status.path("message").asText()).contains(role);
        assertThatThrownBy(() -> fork.login(role, NEW, "app")).isInstanceOf(SQLException.class);
        fork.kill();
    }
}
