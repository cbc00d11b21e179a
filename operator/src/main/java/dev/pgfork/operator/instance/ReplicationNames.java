package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Owner;
import java.util.Locale;
import java.util.regex.Pattern;

/** What the members of a leader resource are called inside Postgres. */
public final class ReplicationNames {
    /** The role that every member's role belongs to; pg_hba.conf lets its members replicate and do nothing else. */
    public static final String GROUP = "pgfork_replication";

    private static final String PREFIX = "pgfork_";
    private static final int UID_DIGITS = 8;
    private static final Pattern OUR_SLOT = Pattern.compile(PREFIX + "[a-z][a-z0-9_]*_[0-9a-f]{" + UID_DIGITS + "}");

    private ReplicationNames() {}

    /**
     * The physical slot of a member on its leader. The uid tells a follower from an earlier one of the same name. Slots
     * may have no dash, and names of resources no underscore.
     */
    public static String slot(Owner member) {
        var digits = member.uid().toLowerCase(Locale.ROOT).replaceAll("[^0-9a-f]", "") + "0".repeat(UID_DIGITS);
        return "%s%s_%s".formatted(PREFIX, member.name().replace('-', '_'), digits.substring(0, UID_DIGITS));
    }

    /**
     * The role that a member logs in with at its leader. With a dash in it, it must be quoted. The word in the middle
     * keeps a member called {@code replication} from being the group.
     */
    public static String role(String member) {
        return "pgfork_replica_" + member;
    }

    /**
     * Of which member a slot is, or was.
     *
     * @throws IllegalArgumentException if it is not {@link #isOurs ours}
     */
    public static String member(String slot) {
        if (!isOurs(slot)) {
            throw new IllegalArgumentException("not a slot of pgfork: " + slot);
        }
        return slot.substring(PREFIX.length(), slot.length() - UID_DIGITS - 1).replace('_', '-');
    }

    /** Whether pgfork made this slot, for some member of some leader. */
    public static boolean isOurs(String slot) {
        return OUR_SLOT.matcher(slot).matches();
    }
}
