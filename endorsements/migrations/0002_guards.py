"""What polls and decisions are held to by the database, whoever writes: frozen polls, the chain, the clock, two people."""

from django.db import migrations

REFERENCES = """
ALTER TABLE endorsements_pollentry
    ADD CONSTRAINT entry_choice_of_its_poll FOREIGN KEY (choice_id, poll_id)
        REFERENCES endorsements_pollchoice (id, poll_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE endorsements_ballot
    ADD CONSTRAINT ballot_of_an_eligible_group FOREIGN KEY (eligible_id, poll_id, group_id)
        REFERENCES endorsements_eligiblegroup (id, poll_id, group_id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT ballot_choice_of_its_poll FOREIGN KEY (choice_id, poll_id)
        REFERENCES endorsements_pollchoice (id, poll_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE endorsements_endorsement
    ADD CONSTRAINT endorsement_of_what_the_poll_recommends FOREIGN KEY (poll_id, candidate_id)
        REFERENCES endorsements_poll (id, recommended_id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT endorsement_candidate_of_the_race FOREIGN KEY (candidate_id, race_id)
        REFERENCES endorsements_candidate (id, race_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE endorsements_groupendorsement
    ADD CONSTRAINT groupendorsement_candidate_of_the_race FOREIGN KEY (candidate_id, race_id)
        REFERENCES endorsements_candidate (id, race_id) DEFERRABLE INITIALLY DEFERRED;
"""
NO_REFERENCES = """
ALTER TABLE endorsements_groupendorsement DROP CONSTRAINT groupendorsement_candidate_of_the_race;
ALTER TABLE endorsements_endorsement DROP CONSTRAINT endorsement_candidate_of_the_race,
    DROP CONSTRAINT endorsement_of_what_the_poll_recommends;
ALTER TABLE endorsements_ballot DROP CONSTRAINT ballot_choice_of_its_poll, DROP CONSTRAINT ballot_of_an_eligible_group;
ALTER TABLE endorsements_pollentry DROP CONSTRAINT entry_choice_of_its_poll;
"""

# A poll's own row. Triggers further down write `entries` and `head`; nobody else does.
POLL = """
CREATE FUNCTION endorsements_refuse(what text, rule text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', what USING ERRCODE = 'restrict_violation', CONSTRAINT = rule;
END $$;

CREATE FUNCTION endorsements_keep_poll() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_kind text;
    votes integer;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.opened_at IS NOT NULL THEN
            PERFORM endorsements_refuse('a poll that was opened stays', 'poll_stays');
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.entries <> 0 OR NEW.head <> '' THEN
            PERFORM endorsements_refuse('a poll begins as a draft', 'poll_begins_as_draft');
        END IF;
        RETURN NEW;
    END IF;

    IF (NEW.entries, NEW.head) IS DISTINCT FROM (OLD.entries, OLD.head) AND pg_trigger_depth() = 1
            AND NOT (OLD.state = 'draft' AND NEW.state = 'open' AND NEW.entries = 0 AND NEW.head = NEW.snapshot_hash) THEN
        PERFORM endorsements_refuse('the ledger alone moves the chain', 'poll_chain_by_ledger');
    END IF;

    IF OLD.state = 'draft' THEN
        IF NEW.state NOT IN ('draft', 'open', 'void') THEN
            PERFORM endorsements_refuse('a draft is opened first', 'poll_states_in_order');
        END IF;
        IF NEW.state = 'open' THEN
            IF NEW.closes_at <= clock_timestamp() THEN
                PERFORM endorsements_refuse('the closing time has passed', 'poll_closes_later');
            END IF;
            IF NEW.snapshot_hash <> encode(sha256(convert_to(NEW.snapshot, 'UTF8')), 'hex')
                    OR NEW.head <> NEW.snapshot_hash THEN
                PERFORM endorsements_refuse('the snapshot has another hash', 'poll_snapshot_hashed');
            END IF;
            IF NEW.eligible <> (SELECT count(*) FROM endorsements_eligiblegroup WHERE poll_id = NEW.id) THEN
                PERFORM endorsements_refuse('the eligible groups are miscounted', 'poll_eligible_counted');
            END IF;
        END IF;
        RETURN NEW;
    END IF;

    IF (NEW.race_id, NEW.slug, NEW.words, NEW.rule, NEW.opened_at, NEW.eligible, NEW.snapshot, NEW.snapshot_hash)
        IS DISTINCT FROM
       (OLD.race_id, OLD.slug, OLD.words, OLD.rule, OLD.opened_at, OLD.eligible, OLD.snapshot, OLD.snapshot_hash) THEN
        PERFORM endorsements_refuse('what was frozen at opening stays', 'poll_frozen');
    END IF;
    IF NEW.closes_at <> OLD.closes_at AND pg_trigger_depth() = 1 THEN
        PERFORM endorsements_refuse('the ledger alone moves the closing time', 'poll_extended_by_ledger');
    END IF;
    IF (NEW.closed_at, NEW.tally, NEW.recommended_id, NEW.recommended_votes)
        IS DISTINCT FROM (OLD.closed_at, OLD.tally, OLD.recommended_id, OLD.recommended_votes)
        AND NOT (OLD.state = 'open' AND NEW.state = 'closed') THEN
        PERFORM endorsements_refuse('the result is set at the close and stays', 'poll_result_stays');
    END IF;
    IF NEW.state <> OLD.state THEN
        IF OLD.state = 'void' OR NEW.state = 'draft' OR (OLD.state = 'closed' AND NEW.state <> 'void') THEN
            PERFORM endorsements_refuse('a poll does not go back', 'poll_states_in_order');
        END IF;
        IF NEW.state = 'closed' THEN
            SELECT kind INTO last_kind FROM endorsements_pollentry WHERE poll_id = NEW.id ORDER BY sequence DESC LIMIT 1;
            IF last_kind IS DISTINCT FROM 'closed' THEN
                PERFORM endorsements_refuse('the ledger has no close', 'poll_closed_by_ledger');
            END IF;
            IF NEW.recommended_id IS NOT NULL THEN
                SELECT count(*) INTO votes FROM endorsements_ballot ballot
                    JOIN endorsements_pollchoice choice ON choice.id = ballot.choice_id
                    WHERE ballot.poll_id = NEW.id AND ballot.struck_at IS NULL
                        AND choice.candidate_id = NEW.recommended_id AND choice.closed_at IS NULL;
                IF votes IS DISTINCT FROM NEW.recommended_votes THEN
                    PERFORM endorsements_refuse('the votes are miscounted', 'poll_votes_counted');
                END IF;
            END IF;
        END IF;
        IF NEW.state = 'void' AND EXISTS (
            SELECT FROM endorsements_endorsement WHERE poll_id = NEW.id AND state IN ('approved', 'withdrawn')
        ) THEN
            PERFORM endorsements_refuse('an endorsement rests on this poll', 'poll_not_void_once_endorsed');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER poll_kept BEFORE INSERT OR UPDATE OR DELETE ON endorsements_poll
    FOR EACH ROW EXECUTE FUNCTION endorsements_keep_poll();

-- The list of the eligible and the choices change as long as the poll is a draft.
CREATE FUNCTION endorsements_keep_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    poll_state text;
    asked bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.poll_id ELSE NEW.poll_id END;
BEGIN
    SELECT state INTO poll_state FROM endorsements_poll WHERE id = asked FOR SHARE;
    IF poll_state IS NOT NULL AND poll_state <> 'draft' AND pg_trigger_depth() = 1 THEN
        PERFORM endorsements_refuse('what was frozen at opening stays', TG_TABLE_NAME || '_frozen');
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.poll_id <> OLD.poll_id THEN
        PERFORM endorsements_refuse('it belongs to one poll', TG_TABLE_NAME || '_of_one_poll');
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER choice_frozen BEFORE INSERT OR UPDATE OR DELETE ON endorsements_pollchoice
    FOR EACH ROW EXECUTE FUNCTION endorsements_keep_frozen();
CREATE TRIGGER eligible_frozen BEFORE INSERT OR UPDATE OR DELETE ON endorsements_eligiblegroup
    FOR EACH ROW EXECUTE FUNCTION endorsements_keep_frozen();
"""
NO_POLL = """
DROP TRIGGER eligible_frozen ON endorsements_eligiblegroup;
DROP TRIGGER choice_frozen ON endorsements_pollchoice;
DROP FUNCTION endorsements_keep_frozen();
DROP TRIGGER poll_kept ON endorsements_poll;
DROP FUNCTION endorsements_keep_poll();
DROP FUNCTION endorsements_refuse(text, text);
"""

LEDGER = """
CREATE FUNCTION endorsements_link_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    poll endorsements_poll%ROWTYPE;
    seat endorsements_eligiblegroup%ROWTYPE;
BEGIN
    -- Whoever casts, extends and closes stands in one line here.
    SELECT * INTO poll FROM endorsements_poll WHERE id = NEW.poll_id FOR NO KEY UPDATE;
    IF poll.state <> 'open' THEN
        PERFORM endorsements_refuse('the poll is not open', 'entry_poll_open');
    END IF;
    IF NEW.sequence <> poll.entries + 1 OR NEW.previous <> poll.head THEN
        PERFORM endorsements_refuse('the entry does not follow the last one', 'entry_in_chain');
    END IF;
    IF NEW.hash <> encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') OR position(NEW.previous in NEW.text) = 0 THEN
        PERFORM endorsements_refuse('the entry has another hash', 'entry_hashed');
    END IF;
    -- The database's own clock decides, read under the lock.
    IF NEW.kind = 'closed' AND clock_timestamp() < poll.closes_at THEN
        PERFORM endorsements_refuse('the closing time has not come', 'entry_close_in_time');
    END IF;
    IF NEW.kind <> 'closed' AND clock_timestamp() >= poll.closes_at THEN
        PERFORM endorsements_refuse('the closing time has passed', 'entry_before_close');
    END IF;
    IF NEW.kind = 'extended' AND NEW.closes_at <= poll.closes_at THEN
        PERFORM endorsements_refuse('a closing time is never shortened', 'entry_extends');
    END IF;
    IF NEW.kind IN ('cast', 'struck') THEN
        SELECT * INTO seat FROM endorsements_eligiblegroup WHERE id = NEW.eligible_id AND poll_id = NEW.poll_id;
        IF NOT FOUND THEN
            PERFORM endorsements_refuse('the group is not eligible in this poll', 'entry_of_eligible_group');
        END IF;
    END IF;
    IF NEW.kind = 'cast' THEN
        PERFORM 1 FROM affiliates_group WHERE id = seat.group_id AND status = 'listed' FOR SHARE;
        IF NOT FOUND THEN
            PERFORM endorsements_refuse('the agreement of the group has ended', 'entry_of_group_in_force');
        END IF;
    END IF;
    IF NEW.kind IN ('cast', 'withdrawn') AND EXISTS (
        SELECT FROM endorsements_pollchoice WHERE id = NEW.choice_id AND closed_at IS NOT NULL
    ) THEN
        PERFORM endorsements_refuse('the candidate has withdrawn', 'entry_of_open_choice');
    END IF;
    IF NEW.kind = 'struck' AND NOT EXISTS (
        SELECT FROM endorsements_ballot WHERE eligible_id = NEW.eligible_id AND struck_at IS NULL
    ) THEN
        PERFORM endorsements_refuse('there is no ballot to strike', 'entry_strikes_a_ballot');
    END IF;
    IF NEW.kind = 'struck' AND NOT EXISTS (
        SELECT FROM endorsements_ballotstrike strike
            JOIN endorsements_ballot ballot ON ballot.eligible_id = strike.eligible_id AND ballot.entry_id = strike.entry_id
            WHERE strike.eligible_id = NEW.eligible_id AND strike.agreed_at IS NOT NULL
    ) THEN
        PERFORM endorsements_refuse('two people strike a ballot', 'entry_struck_by_two');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entry_linked BEFORE INSERT ON endorsements_pollentry
    FOR EACH ROW EXECUTE FUNCTION endorsements_link_entry();

CREATE FUNCTION endorsements_follow_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE endorsements_poll SET entries = NEW.sequence, head = NEW.hash,
        closes_at = CASE NEW.kind WHEN 'extended' THEN NEW.closes_at ELSE closes_at END
        WHERE id = NEW.poll_id;
    IF NEW.kind = 'cast' THEN
        INSERT INTO endorsements_ballot (poll_id, group_id, eligible_id, choice_id, entry_id, revision, cast_at)
            SELECT NEW.poll_id, group_id, id, NEW.choice_id, NEW.id, 1, NEW.at
                FROM endorsements_eligiblegroup WHERE id = NEW.eligible_id
            ON CONFLICT (poll_id, group_id) DO UPDATE SET choice_id = EXCLUDED.choice_id, entry_id = EXCLUDED.entry_id,
                revision = endorsements_ballot.revision + 1, cast_at = EXCLUDED.cast_at, struck_at = NULL;
    ELSIF NEW.kind = 'withdrawn' THEN
        UPDATE endorsements_pollchoice SET closed_at = NEW.at WHERE id = NEW.choice_id;
    ELSIF NEW.kind = 'struck' THEN
        UPDATE endorsements_ballot SET struck_at = NEW.at WHERE eligible_id = NEW.eligible_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_followed AFTER INSERT ON endorsements_pollentry
    FOR EACH ROW EXECUTE FUNCTION endorsements_follow_entry();

CREATE FUNCTION endorsements_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM endorsements_refuse('the ledger of a poll is append-only', TG_TABLE_NAME || '_append_only');
END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON endorsements_pollentry
    FOR EACH ROW EXECUTE FUNCTION endorsements_refuse_change();
CREATE TRIGGER entry_never_emptied BEFORE TRUNCATE ON endorsements_pollentry
    FOR EACH STATEMENT EXECUTE FUNCTION endorsements_refuse_change();

CREATE FUNCTION endorsements_derive_ballots() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() = 1 THEN
        PERFORM endorsements_refuse('ballots are derived from the ledger', 'ballot_by_ledger');
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER ballot_derived BEFORE INSERT OR UPDATE OR DELETE ON endorsements_ballot
    FOR EACH ROW EXECUTE FUNCTION endorsements_derive_ballots();
"""
NO_LEDGER = """
DROP TRIGGER ballot_derived ON endorsements_ballot;
DROP FUNCTION endorsements_derive_ballots();
DROP TRIGGER entry_never_emptied ON endorsements_pollentry;
DROP TRIGGER entry_append_only ON endorsements_pollentry;
DROP FUNCTION endorsements_refuse_change();
DROP TRIGGER entry_followed ON endorsements_pollentry;
DROP FUNCTION endorsements_follow_entry();
DROP TRIGGER entry_linked ON endorsements_pollentry;
DROP FUNCTION endorsements_link_entry();
"""

DECISIONS = """
CREATE FUNCTION endorsements_keep_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            PERFORM endorsements_refuse('an endorsement is proposed first', 'endorsement_proposed_first');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state = OLD.state THEN RETURN NEW; END IF;
    IF (OLD.state, NEW.state) NOT IN (('proposed', 'approved'), ('proposed', 'declined'), ('approved', 'withdrawn')) THEN
        PERFORM endorsements_refuse('an endorsement does not go back', 'endorsement_states_in_order');
    END IF;
    IF OLD.state = 'proposed' THEN
        asked := NEW.state = 'approved';
        IF (SELECT count(*) FROM endorsements_endorsementopinion
                WHERE endorsement_id = NEW.id AND approves = asked) < 2 THEN
            PERFORM endorsements_refuse('two different people decide', 'endorsement_by_two');
        END IF;
        IF NEW.state = 'approved' AND NOT EXISTS (
            SELECT FROM endorsements_poll WHERE id = NEW.poll_id AND state = 'closed'
        ) THEN
            PERFORM endorsements_refuse('the poll is void', 'endorsement_of_poll_that_stands');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER endorsement_decided_by_two BEFORE INSERT OR UPDATE OF state ON endorsements_endorsement
    FOR EACH ROW EXECUTE FUNCTION endorsements_keep_decision();

CREATE TRIGGER opinion_append_only BEFORE UPDATE OR DELETE ON endorsements_endorsementopinion
    FOR EACH ROW EXECUTE FUNCTION endorsements_refuse_change();

-- No counter-endorsement. The race's row is locked, so that national's decision and a group's stand in one line.
CREATE FUNCTION endorsements_refuse_counter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM endorsements_race WHERE id = NEW.race_id FOR NO KEY UPDATE;
    IF NEW.withdrawn_at IS NULL AND EXISTS (
        SELECT FROM endorsements_endorsement WHERE race_id = NEW.race_id AND state = 'approved'
            AND public_from <= clock_timestamp() AND candidate_id <> NEW.candidate_id
    ) THEN
        PERFORM endorsements_refuse('national has endorsed an opponent', 'groupendorsement_not_against_national');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER groupendorsement_no_counter BEFORE INSERT OR UPDATE OF candidate_id ON endorsements_groupendorsement
    FOR EACH ROW EXECUTE FUNCTION endorsements_refuse_counter();
"""
NO_DECISIONS = """
DROP TRIGGER groupendorsement_no_counter ON endorsements_groupendorsement;
DROP FUNCTION endorsements_refuse_counter();
DROP TRIGGER opinion_append_only ON endorsements_endorsementopinion;
DROP TRIGGER endorsement_decided_by_two ON endorsements_endorsement;
DROP FUNCTION endorsements_keep_decision();
"""


class Migration(migrations.Migration):
    dependencies = [("endorsements", "0001_initial")]

    operations = [
        migrations.RunSQL(REFERENCES, NO_REFERENCES),
        migrations.RunSQL(POLL, NO_POLL),
        migrations.RunSQL(LEDGER, NO_LEDGER),
        migrations.RunSQL(DECISIONS, NO_DECISIONS),
    ]
