/**
 * The kubectl plugin: what a person does with databases, forks and followers, as one word each. Only the program's
 * entry and the list of its commands are here.
 */
@NullMarked
package dev.pgfork.cli;

import org.jspecify.annotations.NullMarked;
