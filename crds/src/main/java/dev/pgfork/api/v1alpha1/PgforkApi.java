package dev.pgfork.api.v1alpha1;

/** Names of the API and the rules that all kinds share. */
public final class PgforkApi {
    public static final String GROUP = "pgfork.dev";
    public static final String VERSION = "v1alpha1";

    /** Leaves room for the suffixes of the objects that pgfork makes: a Service name has at most 63 characters. */
    public static final String NAME_RULE = "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,43}[a-z0-9])?$')";

    public static final String NAME_MESSAGE = "metadata.name must have at most 45 characters, start with a letter and"
            + " consist of lower case letters, digits and '-'";

    public static final String NAME_SUFFIX_RULE =
            "!self.metadata.name.matches('-(ro|instance|app|ca|tls|roles|superuser|g[0-9]+)$')";

    public static final String NAME_SUFFIX_MESSAGE = "metadata.name must not end in -ro, -instance, -app, -ca, -tls,"
            + " -roles, -superuser or -g<number>: pgfork names its own objects so";

    /** A regular expression for the time of a dated command, RFC 3339. Java reads no offset of more than 18 hours. */
    public static final String TIME = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
            + "([.][0-9]{1,9})?(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])$";

    /** A regular expression for an exponent in a quantity that nobody can compute with; to be looked at first. */
    static final String HUGE = "[eE][+-]?[0-9]{3}";

    private PgforkApi() {}
}
