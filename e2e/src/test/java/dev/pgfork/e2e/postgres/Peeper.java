package dev.pgfork.e2e.postgres;

import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Somebody who wants to see what he must not: tries to connect a hundred times a second, at every address with every
 * login that he knows at that moment, and looks whenever he gets in.
 */
public final class Peeper implements AutoCloseable {
    private static final long PERIOD_MILLIS = 10;
    private static final int THREADS = 8;

    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(THREADS);
    private final ScheduledExecutorService looker = Executors.newSingleThreadScheduledExecutor();
    private final List<Future<?>> work = new ArrayList<>();
    private final AtomicInteger attempts = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger looks = new AtomicInteger();
    private final Queue<String> seen = new ConcurrentLinkedQueue<>();
    private final Queue<String> blind = new ConcurrentLinkedQueue<>();
    private final Set<InetSocketAddress> tried = ConcurrentHashMap.newKeySet();
    private final String forbidden;
    private volatile List<Login> logins = List.of();
    private volatile List<InetSocketAddress> addresses = List.of();

    private Peeper(String forbidden) {
        this.forbidden = forbidden;
    }

    /**
     * @param forbidden SQL that returns the number of rows that nobody may see
     * @param logins all that are known now; asked again and again, as are the addresses
     */
    public static Peeper start(
            String forbidden, Supplier<List<Login>> logins, Supplier<List<InetSocketAddress>> addresses) {
        var peeper = new Peeper(forbidden);
        peeper.work.add(peeper.looker.scheduleWithFixedDelay(
                () -> peeper.lookAround(logins, addresses), 0, 50, TimeUnit.MILLISECONDS));
        for (var thread = 0; thread < THREADS; thread++) {
            peeper.work.add(peeper.threads.scheduleAtFixedRate(
                    peeper::peep, PERIOD_MILLIS * thread, PERIOD_MILLIS * THREADS, TimeUnit.MILLISECONDS));
        }
        return peeper;
    }

    private void lookAround(Supplier<List<Login>> known, Supplier<List<InetSocketAddress>> places) {
        try {
            logins = known.get();
            addresses = places.get();
        } catch (RuntimeException e) {
            blind.add(e.toString());
        }
    }

    private void peep() {
        var number = attempts.getAndIncrement();
        var known = logins;
        var places = addresses;
        if (known.isEmpty() || places.isEmpty()) {
            return;
        }
        var address = places.get(number % places.size());
        tried.add(address);
        var login = known.get(number / places.size() % known.size()).withSslmode("require");
        try (var connection = login.doorAt(address).withPatience(1, 5).open()) {
            var rows = Login.query(connection, forbidden);
            looks.incrementAndGet();
            if (!rows.equals("0")) {
                seen.add(rows + " rows as " + login + " at " + address);
            }
        } catch (SQLException e) {
            refused.incrementAndGet();
        } catch (RuntimeException e) {
            seen.add("the test is broken: " + e);
        }
    }

    /** How often he tried. */
    public int attempts() {
        return attempts.get();
    }

    /** Where he tried. */
    public Set<InetSocketAddress> places() {
        return Set.copyOf(tried);
    }

    /** How often he was not let in, or found nobody there. */
    public int refused() {
        return refused.get();
    }

    /** How often he got in and looked. */
    public int looks() {
        return looks.get();
    }

    /** What he has seen and must not. */
    public List<String> seen() {
        return List.copyOf(seen);
    }

    /** Why he could not look for logins and addresses. */
    public List<String> blind() {
        return List.copyOf(blind);
    }

    @Override
    public void close() {
        work.forEach(each -> each.cancel(true));
        threads.shutdownNow();
        looker.shutdownNow();
    }
}
