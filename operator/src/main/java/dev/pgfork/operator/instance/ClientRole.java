package dev.pgfork.operator.instance;

/** The roles whose passwords clients find in a Secret. */
public enum ClientRole {
    OWNER(SecretData.OWNER),
    SUPERUSER(SecretData.SUPERUSER);

    private final String key;

    ClientRole(String key) {
        this.key = key;
    }

    /** Of its verifier in the Secret {@code -roles}. */
    String key() {
        return key;
    }

    /** Name of the Secret that clients read. */
    public String secret(InstanceNames names) {
        return this == OWNER ? names.appSecret() : names.superuserSecret();
    }

    /** Name of the role in the database. */
    public String role(InstanceTemplate template) {
        return this == OWNER ? template.databaseOwner() : Credentials.SUPERUSER_ROLE;
    }
}
