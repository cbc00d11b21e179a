package dev.pgfork.operator.instance;

import java.time.Duration;

/** Verbs for tests that expect none, or only those that they override. */
public abstract class UnexpectedVerbs implements InstanceVerbs {

    @Override
    public ScriptStatus status(String namespace, String pod, Duration wait) {
        throw unexpected("status");
    }

    @Override
    public void sanitize(String namespace, String pod, SanitizeOrder order) {
        throw unexpected("sanitize");
    }

    @Override
    public void reload(String namespace, String pod, ConfigurationBundle bundle) {
        throw unexpected("reload");
    }

    @Override
    public void restart(String namespace, String pod, String start) {
        throw unexpected("restart");
    }

    @Override
    public void listen(String namespace, String pod) {
        throw unexpected("listen");
    }

    @Override
    public FenceProof fence(String namespace, String pod, long epoch) {
        throw unexpected("fence");
    }

    @Override
    public void unfence(String namespace, String pod, long epoch) {
        throw unexpected("unfence");
    }

    @Override
    public int promote(String namespace, String pod, long epoch) {
        throw unexpected("promote");
    }

    @Override
    public void follow(String namespace, String pod, long epoch, String host) {
        throw unexpected("follow");
    }

    @Override
    public String sql(String namespace, String pod, String database, String statements) {
        throw unexpected("sql");
    }

    private static AssertionError unexpected(String verb) {
        return new AssertionError("the verb " + verb + " is not expected here");
    }
}
