import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * What looks like an API server for as long as the plugin's start is recorded: {@code java TrainingServer.java ANSWERS
 * KEYSTORE KUBECONFIG}. It answers a list with the file ANSWERS/{@code <plural>.json}, a single object with 404, and
 * what is created with itself. It writes a kubeconfig, which is there once it can be asked, and ends with its standard input.
 */
final class TrainingServer {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final Path answers;

    private TrainingServer(Path answers) {
        this.answers = answers;
    }

    public static void main(String[] arguments) throws Exception {
        var keys = KeyStore.getInstance(Path.of(arguments[1]).toFile(), PASSWORD);
        var server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context(keys)) {
            @Override
            public void configure(HttpsParameters parameters) {
                var ssl = getSSLContext().getDefaultSSLParameters();
                ssl.setWantClientAuth(true);
                parameters.setSSLParameters(ssl);
            }
        });
        server.createContext("/", new TrainingServer(Path.of(arguments[0]))::answer);
        server.start();
        var kubeconfig = Path.of(arguments[2]);
        var written = Files.writeString(
                kubeconfig.resolveSibling("written"), kubeconfig(keys, server.getAddress().getPort()));
        Files.move(written, kubeconfig);
        System.in.transferTo(java.io.OutputStream.nullOutputStream());
        server.stop(0);
    }

    private static SSLContext context(KeyStore keys) throws Exception {
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private void answer(HttpExchange exchange) throws IOException {
        var body = exchange.getRequestBody().readAllBytes();
        var last = Path.of(exchange.getRequestURI().getPath()).getFileName().toString();
        var file = answers.resolve(last + ".json");
        var code = 200;
        if (exchange.getRequestMethod().equals("POST")) {
            code = 201;
        } else if (Files.exists(file)) {
            body = Files.readAllBytes(file);
        } else {
            code = 404;
            body = """
                    {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","message":"%s","code":404}
                    """.formatted(last).getBytes();
        }
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static String kubeconfig(KeyStore keys, int port) throws Exception {
        var alias = keys.aliases().nextElement();
        var certificate = encoded("CERTIFICATE", keys.getCertificate(alias).getEncoded());
        var key = encoded("PRIVATE KEY", keys.getKey(alias, PASSWORD).getEncoded());
        return """
                apiVersion: v1
                kind: Config
                clusters:
                - {name: training, cluster: {server: "https://localhost:%d", certificate-authority-data: %s}}
                users:
                - {name: training, user: {client-certificate-data: %s, client-key-data: %s}}
                contexts:
                - {name: training, context: {cluster: training, user: training, namespace: training}}
                current-context: training
                """.formatted(port, certificate, certificate, key);
    }

    private static String encoded(String what, byte[] content) {
        var pem = "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(what, Base64.getMimeEncoder().encodeToString(content), what);
        return Base64.getEncoder().encodeToString(pem.getBytes());
    }
}
