package dev.pgfork.operator.instance;

import java.util.Locale;

/** What a server does: the three words of the instance contract. */
public enum Role {
    PRIMARY,
    STANDBY,
    FENCED;

    /** As the instance script, labels and status spell it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
