package dev.pgfork.operator.instance;

import java.util.SortedMap;

/**
 * The files that the verb {@code reload} replaces.
 *
 * @param files content by name: postgresql.conf, pg_hba.conf, tls.crt, tls.key, ca.crt
 */
public record ConfigurationBundle(SortedMap<String, String> files) {
    @Override
    public String toString() {
        return "ConfigurationBundle" + files.keySet();
    }
}
