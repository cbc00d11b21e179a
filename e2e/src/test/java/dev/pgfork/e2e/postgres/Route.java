package dev.pgfork.e2e.postgres;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * How a test reaches the port of a Service: straight to its ClusterIP from a node, through port-forwards from
 * elsewhere.
 */
public interface Route extends AutoCloseable {

    /** Where to connect to for one connection to the Service. */
    InetSocketAddress to(String namespace, String service, int port);

    /** As {@link #to}, for many connections to the Service: what does not change is looked up now. */
    default Supplier<InetSocketAddress> lookedUp(String namespace, String service, int port) {
        return () -> to(namespace, service, port);
    }

    @Override
    void close() throws IOException;

    static Route intoClusterOf(KubernetesClient client) {
        var api = Objects.requireNonNull(
                client.services().inNamespace("default").withName("kubernetes").get());
        var direct = new ClusterIp(client);
        return answers(new InetSocketAddress(api.getSpec().getClusterIP(), 443)) ? direct : new PortForwards(client);
    }

    /** Whether something accepts connections there. */
    static boolean answers(InetSocketAddress address) {
        try (var socket = new Socket()) {
            socket.connect(address, 2000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** From a host that reaches Services, such as a node. */
    record ClusterIp(KubernetesClient client) implements Route {
        @Override
        public InetSocketAddress to(String namespace, String service, int port) {
            var found =
                    client.services().inNamespace(namespace).withName(service).get();
            if (found == null) {
                throw new AssertionError("there is no Service " + service);
            }
            return new InetSocketAddress(found.getSpec().getClusterIP(), port);
        }

        @Override
        public Supplier<InetSocketAddress> lookedUp(String namespace, String service, int port) {
            var address = to(namespace, service, port);
            return () -> address;
        }

        @Override
        public void close() {}
    }

    /** From anywhere. A port-forward stays with one pod, so every connection gets its own. */
    record PortForwards(KubernetesClient client, Queue<LocalPortForward> open) implements Route {

        PortForwards(KubernetesClient client) {
            this(client, new ConcurrentLinkedQueue<>());
        }

        @Override
        public InetSocketAddress to(String namespace, String service, int port) {
            var forward =
                    client.services().inNamespace(namespace).withName(service).portForward(port);
            open.add(forward);
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), forward.getLocalPort());
        }

        @Override
        public void close() {
            for (var forward = open.poll(); forward != null; forward = open.poll()) {
                try {
                    forward.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }
}
