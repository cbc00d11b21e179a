package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SanitizeSqlTest {
    private static final String MASK = """
            -- a mask; with a semicolon
            UPDATE a SET x = 'it''s; $1 ? \\d';

            /* another /* nested; */ */ DO $body$
            BEGIN PERFORM 1; END $body$; UPDATE b SET y = E'\\';'
             WHERE "odd;name" > 0
            ;
            CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END""";

    @Test
    void everyStatementHasTheLineThatItBeginsAt() {
        var sql = SanitizeSql.of(MASK);
        assertThat(sql.statements()).extracting(SanitizeSql.Statement::line).containsExactly(2, 4, 5, 8);
        assertThat(sql.statements().get(0).text()).endsWith("'it''s; $1 ? \\d'");
        assertThat(sql.statements().get(1).text()).contains("BEGIN PERFORM 1; END $body$");
        assertThat(sql.statements().get(2).text()).contains("E'\\';'").endsWith("> 0\n");
        assertThat(sql.statements().get(3).text()).endsWith("SELECT 2; END");
        assertThat(sql.objection(true)).isEmpty();
    }

    @Test
    void aTextWithoutStatementsIsNoStep() {
        assertThat(SanitizeSql.of(" -- UPDATE a;\n/* b */ ; ;\n").objection(false))
                .contains(new SanitizeSql.Objection(0, "holds no statement"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COMMIT",
                "begin",
                "/* x */ START  TRANSACTION",
                "end",
                "ROLLBACK",
                "ROLLBACK WORK",
                "abort",
                "PREPARE TRANSACTION 'x'"
            })
    void aStepThatIsOneTransactionNeitherBeginsNorEndsOne(String statement) {
        var sql = SanitizeSql.of("SELECT 1;\n" + statement + ";\nSELECT 2");
        assertThat(sql.objection(true)).get().satisfies(objection -> {
            assertThat(objection.line()).isEqualTo(2);
            assertThat(objection.message()).contains("transaction: false");
        });
        assertThat(sql.objection(false)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ROLLBACK TO s", "rollback work to savepoint s", "SAVEPOINT s", "PREPARE x AS SELECT 1", "ended"
            })
    void whatOnlyLooksLikeItIsLetThrough(String statement) {
        assertThat(SanitizeSql.of(statement).objection(true)).isEmpty();
    }

    @Test
    void whatNeedsAClientIsRefused() {
        assertThat(SanitizeSql.of("SELECT 1;\ncopy (t) FROM\n stdin;").objection(false))
                .get()
                .extracting(SanitizeSql.Objection::line)
                .isEqualTo(2);
        assertThat(SanitizeSql.of("\\! id\n").objection(true)).isPresent();
        assertThat(SanitizeSql.of("COPY t TO STDOUT").objection(true)).isEmpty();
    }

    @Test
    void itsTextIsNotPrinted() {
        var sql = SanitizeSql.of("SELECT 'salt'");
        assertThat(sql.toString() + sql.statements()).doesNotContain("salt").contains(sql.hash());
        assertThat(sql.hash()).hasSize(64);
        assertThat(new String(SanitizeSql.of("SELECT 'ä';\nSELECT 2").framed(), StandardCharsets.UTF_8))
                .isEqualTo("1 11\nSELECT 'ä'2 9\n\nSELECT 2");
    }
}
