package dev.pgfork.operator.fork;

/**
 * Why a fork is not made as it is specified.
 *
 * @param reason CamelCase
 * @param message for people
 */
record Refusal(String reason, String message) {}
