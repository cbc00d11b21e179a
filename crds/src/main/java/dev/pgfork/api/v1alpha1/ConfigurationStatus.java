package dev.pgfork.api.v1alpha1;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which settings of the user's the instance's server was seen to run with. Until others are seen to, new pods get
 * these. Where that was not noted, or is lost, it is what its StatefulSet starts a server with.
 *
 * @param since RFC 3339, when the server was first seen to run with them, or when that StatefulSet was made;
 *     {@code null}: there are none yet
 * @param parameters inherited ones among them; {@code null}: none
 */
public record ConfigurationStatus(
        @Nullable String since,
        @Nullable Map<String, String> parameters,
        @Nullable Rejected rejected) {

    /**
     * What the server did not start with, or what pgfork cannot use. It is not tried again.
     *
     * @param message why, in the words of Postgres where it was Postgres who refused
     */
    public record Rejected(
            @Nullable Map<String, String> parameters,
            @Nullable String message) {}
}
