package dev.pgfork.api.v1alpha1;

/** What becomes of a database's volume when the resource is deleted. */
public enum DeletionPolicy {
    /** The volume stays, with the database's identity in its annotations. */
    Retain,
    /** The volume goes, and the data with it. */
    Delete
}
