//! What the therapy is, what is and is not known, and the code lists.
