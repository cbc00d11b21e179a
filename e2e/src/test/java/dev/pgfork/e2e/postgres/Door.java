package dev.pgfork.e2e.postgres;

import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.function.Supplier;

/**
 * A way in for clients that connect again and again: what can be looked up once is, so that neither the API server nor
 * the disk is asked when the connection has broken.
 */
public final class Door {

    private final String url;
    private final Properties properties;
    private final Supplier<InetSocketAddress> address;

    Door(Login login, Supplier<InetSocketAddress> address) {
        this.url = login.url();
        this.properties = login.properties(address.get());
        this.address = address;
    }

    /**
     * @param connecting seconds until a connection that is not made is given up
     * @param answering seconds until an answer that does not come is given up
     */
    Door withPatience(int connecting, int answering) {
        properties.remove("loginTimeout");
        properties.setProperty("connectTimeout", Integer.toString(connecting));
        properties.setProperty("socketTimeout", Integer.toString(answering));
        return this;
    }

    Connection open() throws SQLException {
        var own = new Properties();
        own.putAll(properties);
        own.setProperty("socketFactoryArg", RoutedSocketFactory.argument(address.get()));
        return DriverManager.getConnection(url, own);
    }
}
