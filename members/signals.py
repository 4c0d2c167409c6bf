"""What the apps above may want to know of people."""

from django.dispatch import Signal

# `person` has taken back a yes: `purpose` (a ConsentPurpose), `scope`, `at`; in the transaction that did it, which
# holds the lock on the person (members.membership.lock_people). Receivers stop what they do by that yes.
consent_withdrawn = Signal()

# A person is deleted on their own wish, in this transaction and a moment later. `person` (None where the network knew
# of nothing but the login); `user` (or None);
# `addresses` and `numbers`: everything by which they were known. Receivers delete what is theirs and no foreign key
# leads to, such as rows that hold an address. Whatever refers to the person by a foreign key goes by itself.
person_erased = Signal()
