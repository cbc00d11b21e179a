package dev.pgfork.operator.postgres;

import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.ScramMechanism;
import com.ongres.scram.common.StringPreparation;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * What a server needs to check a password, in the form that it keeps in {@code pg_authid.rolpassword} and takes in
 * {@code ALTER ROLE … PASSWORD}: so the password itself is in no SQL text and in no server log.
 *
 * @param text {@code SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey}
 */
public record ScramVerifier(String text) {
    private static final ScramMechanism MECHANISM = ScramMechanism.SCRAM_SHA_256;
    /** Both as Postgres itself chooses them (src/include/common/scram-common.h). */
    private static final int ITERATIONS = 4096;

    private static final int SALT_BYTES = 16;

    public static ScramVerifier of(String password, SecureRandom random) {
        var salt = ScramFunctions.salt(SALT_BYTES, random);
        var salted = ScramFunctions.saltedPassword(
                MECHANISM, StringPreparation.POSTGRESQL_PREPARATION, password.toCharArray(), salt, ITERATIONS);
        var storedKey = ScramFunctions.storedKey(MECHANISM, ScramFunctions.clientKey(MECHANISM, salted));
        var serverKey = ScramFunctions.serverKey(MECHANISM, salted);
        return new ScramVerifier(
                "SCRAM-SHA-256$" + ITERATIONS + ":" + base64(salt) + "$" + base64(storedKey) + ":" + base64(serverKey));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
