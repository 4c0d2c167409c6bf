"""What the apps above may want to know of people."""

from django.dispatch import Signal

# A person is deleted on their own wish, in this transaction and a moment later. `person` (None where the network knew
# of nothing but the login); `user` (or None);
# `addresses` and `numbers`: everything by which they were known. Receivers delete what is theirs and no foreign key
# leads to, such as rows that hold an address. Whatever refers to the person by a foreign key goes by itself.
person_erased = Signal()
