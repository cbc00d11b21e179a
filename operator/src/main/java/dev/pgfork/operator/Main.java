package dev.pgfork.operator;

import dev.pgfork.operator.Setting.InvalidSettingException;
import io.fabric8.kubernetes.client.Config;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Starts the program, and ends it when the system asks. */
public final class Main {
    private static final int BAD_SETTING = 2;
    private static final int BROKEN = 1;

    /** Less than a pod's usual grace period: a clean end that is late beats a kill. */
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(20);

    private Main() {}

    public static void main(String[] arguments) throws InterruptedException {
        var program = new Program(readConfig(), Config.autoConfigure(null), Clock.systemUTC());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(program), "stop"));
        program.run();
        System.exit(BROKEN);
    }

    private static OperatorConfig readConfig() {
        try {
            return OperatorConfig.read(System.getenv());
        } catch (InvalidSettingException e) {
            System.err.println("pgfork cannot start: " + e.getMessage());
            System.exit(BAD_SETTING);
            throw e;
        }
    }

    /** Halts with the program's own exit code; by itself the JVM would report the signal as an error. */
    private static void stop(Program program) {
        var exitCode = new AtomicInteger(BROKEN);
        var stopping = Thread.ofPlatform().name("stopping").start(() -> exitCode.set(program.stop()));
        try {
            stopping.join(STOP_DEADLINE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(exitCode.get());
    }
}
