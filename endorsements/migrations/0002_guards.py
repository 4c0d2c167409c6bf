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

-- A moment as the hashed texts write it.
CREATE FUNCTION endorsements_in_utc(moment timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
$$;

CREATE FUNCTION endorsements_check_opening(poll endorsements_poll) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    said jsonb;
BEGIN
    IF poll.opened_at IS NULL OR poll.opened_at NOT BETWEEN now() AND clock_timestamp() THEN
        PERFORM endorsements_refuse('it opens at this moment', 'poll_opens_now');
    END IF;
    IF poll.closes_at <= clock_timestamp() THEN
        PERFORM endorsements_refuse('the closing time has passed', 'poll_closes_later');
    END IF;
    IF poll.snapshot_hash <> encode(sha256(convert_to(poll.snapshot, 'UTF8')), 'hex')
            OR poll.head <> poll.snapshot_hash OR poll.entries <> 0 THEN
        PERFORM endorsements_refuse('the snapshot has another hash', 'poll_snapshot_hashed');
    END IF;
    IF poll.eligible <> (SELECT count(*) FROM endorsements_eligiblegroup WHERE poll_id = poll.id) THEN
        PERFORM endorsements_refuse('the eligible groups are miscounted', 'poll_eligible_counted');
    END IF;
    IF (SELECT array_agg(DISTINCT kind ORDER BY kind) FROM endorsements_pollchoice
            WHERE poll_id = poll.id AND closed_at IS NULL) IS DISTINCT FROM ARRAY['abstain', 'candidate', 'none']::varchar[]
            OR EXISTS (SELECT FROM endorsements_pollchoice WHERE poll_id = poll.id AND closed_at IS NOT NULL) THEN
        PERFORM endorsements_refuse('a group chooses a candidate, none, or abstains', 'poll_choices_complete');
    END IF;
    IF EXISTS (
        SELECT FROM endorsements_pollchoice choice JOIN endorsements_candidate candidate ON candidate.id = choice.candidate_id
            WHERE choice.poll_id = poll.id AND candidate.race_id <> poll.race_id
    ) THEN
        PERFORM endorsements_refuse('a candidate of another race', 'poll_candidates_of_its_race');
    END IF;
    said := poll.snapshot::jsonb;
    IF (said->>'poll', said->>'words', said->>'rule', said->>'opened_at', said->>'closes_at') IS DISTINCT FROM
            (poll.slug, poll.words, poll.rule, endorsements_in_utc(poll.opened_at), endorsements_in_utc(poll.closes_at))
        OR said->'choices' IS DISTINCT FROM (
            SELECT jsonb_agg(jsonb_build_object('position', position, 'kind', kind, 'label', label) ORDER BY position)
                FROM endorsements_pollchoice WHERE poll_id = poll.id)
        OR said->'eligible' IS DISTINCT FROM (
            SELECT jsonb_agg(jsonb_build_object('number', number, 'group', name, 'place', place_name, 'why', why,
                    'because', because) ORDER BY number)
                FROM endorsements_eligiblegroup WHERE poll_id = poll.id) THEN
        PERFORM endorsements_refuse('the snapshot says something else', 'poll_snapshot_true');
    END IF;
END $$;

CREATE FUNCTION endorsements_check_result(poll endorsements_poll) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    closing record;
    counted jsonb;
    winner bigint;
    votes integer;
BEGIN
    SELECT kind, at INTO closing FROM endorsements_pollentry WHERE poll_id = poll.id ORDER BY sequence DESC LIMIT 1;
    IF closing.kind IS DISTINCT FROM 'closed' OR closing.at IS DISTINCT FROM poll.closed_at THEN
        PERFORM endorsements_refuse('the ledger has no close', 'poll_closed_by_ledger');
    END IF;
    WITH chosen AS (
        SELECT choice.position, choice.kind, choice.candidate_id, choice.closed_at, count(ballot.id) AS votes
            FROM endorsements_pollchoice choice
            LEFT JOIN endorsements_ballot ballot ON ballot.choice_id = choice.id AND ballot.struck_at IS NULL
            WHERE choice.poll_id = poll.id GROUP BY choice.id
    )
    SELECT jsonb_build_object('candidates', jsonb_object_agg(chosen.position, chosen.votes) FILTER (WHERE kind = 'candidate'),
                'none', sum(chosen.votes) FILTER (WHERE kind = 'none'),
                'abstain', sum(chosen.votes) FILTER (WHERE kind = 'abstain'), 'cast', sum(chosen.votes)),
            min(candidate_id) FILTER (WHERE 2 * chosen.votes > poll.eligible AND closed_at IS NULL),
            min(chosen.votes) FILTER (WHERE 2 * chosen.votes > poll.eligible AND closed_at IS NULL AND kind = 'candidate')
        INTO counted, winner, votes FROM chosen;
    IF poll.tally IS DISTINCT FROM counted THEN
        PERFORM endorsements_refuse('the votes are miscounted', 'poll_votes_counted');
    END IF;
    IF (poll.recommended_id, poll.recommended_votes) IS DISTINCT FROM (winner, votes) THEN
        PERFORM endorsements_refuse('the rule recommends somebody else, or nobody', 'poll_recommends_by_the_rule');
    END IF;
END $$;

CREATE FUNCTION endorsements_keep_poll() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.opened_at IS NOT NULL THEN
            PERFORM endorsements_refuse('a poll that was opened stays', 'poll_stays');
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.entries <> 0 OR NEW.head <> ''
                OR num_nonnulls(NEW.closed_at, NEW.tally, NEW.recommended_id, NEW.recommended_votes) > 0 THEN
            PERFORM endorsements_refuse('a poll begins as a draft', 'poll_begins_as_draft');
        END IF;
        RETURN NEW;
    END IF;
    -- The ledger: chain and closing time, checked there. Nothing else is compared: that would unpack the snapshot,
    -- which is long, at each ballot.
    IF pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;

    IF (NEW.closed_at, NEW.tally, NEW.recommended_id, NEW.recommended_votes)
        IS DISTINCT FROM (OLD.closed_at, OLD.tally, OLD.recommended_id, OLD.recommended_votes)
        AND NOT (OLD.state = 'open' AND NEW.state = 'closed') THEN
        PERFORM endorsements_refuse('the result is set at the close and stays', 'poll_result_stays');
    END IF;
    IF (OLD.state, NEW.state) NOT IN (
        ('draft', 'draft'), ('draft', 'open'), ('open', 'open'), ('open', 'closed'), ('open', 'void'),
        ('closed', 'closed'), ('closed', 'void'), ('void', 'void')
    ) THEN
        PERFORM endorsements_refuse('a poll does not go back', 'poll_states_in_order');
    END IF;
    IF OLD.state = 'draft' AND NEW.state = 'open' THEN
        PERFORM endorsements_check_opening(NEW);
        RETURN NEW;
    END IF;
    IF (NEW.entries, NEW.head) IS DISTINCT FROM (OLD.entries, OLD.head) THEN
        PERFORM endorsements_refuse('the ledger alone moves the chain', 'poll_chain_by_ledger');
    END IF;
    IF OLD.state = 'draft' THEN
        RETURN NEW;
    END IF;

    IF (NEW.race_id, NEW.slug, NEW.words, NEW.rule, NEW.opened_at, NEW.eligible, NEW.snapshot, NEW.snapshot_hash)
        IS DISTINCT FROM
       (OLD.race_id, OLD.slug, OLD.words, OLD.rule, OLD.opened_at, OLD.eligible, OLD.snapshot, OLD.snapshot_hash) THEN
        PERFORM endorsements_refuse('what was frozen at opening stays', 'poll_frozen');
    END IF;
    IF NEW.closes_at <> OLD.closes_at THEN
        PERFORM endorsements_refuse('the ledger alone moves the closing time', 'poll_extended_by_ledger');
    END IF;
    IF OLD.state = 'void' AND (NEW.void_asked_by, NEW.void_asked_at, NEW.void_because, NEW.voided_by, NEW.voided_at)
            IS DISTINCT FROM (OLD.void_asked_by, OLD.void_asked_at, OLD.void_because, OLD.voided_by, OLD.voided_at) THEN
        PERFORM endorsements_refuse('who voided it and why stays', 'poll_void_stays');
    END IF;
    IF OLD.state = 'open' AND NEW.state = 'closed' THEN
        PERFORM endorsements_check_result(NEW);
    END IF;
    IF OLD.state <> 'void' AND NEW.state = 'void' AND EXISTS (
        SELECT FROM endorsements_endorsement WHERE poll_id = NEW.id AND state IN ('approved', 'withdrawn')
    ) THEN
        PERFORM endorsements_refuse('an endorsement rests on this poll', 'poll_not_void_once_endorsed');
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
DROP FUNCTION endorsements_check_result(endorsements_poll);
DROP FUNCTION endorsements_check_opening(endorsements_poll);
DROP FUNCTION endorsements_in_utc(timestamptz);
DROP FUNCTION endorsements_refuse(text, text);
"""

LEDGER = """
CREATE FUNCTION endorsements_link_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    poll record;
    seat record;
    choice record;
    said jsonb;
    expected jsonb;
BEGIN
    -- Whoever casts, extends and closes stands in one line here.
    SELECT slug, state, entries, head, closes_at INTO poll FROM endorsements_poll WHERE id = NEW.poll_id FOR NO KEY UPDATE;
    IF poll.state IS DISTINCT FROM 'open' THEN
        PERFORM endorsements_refuse('the poll is not open', 'entry_poll_open');
    END IF;
    -- The database's own clock decides, read under the lock.
    IF NEW.at NOT BETWEEN now() AND clock_timestamp() THEN
        PERFORM endorsements_refuse('an entry is of the moment it is written at', 'entry_at_its_time');
    END IF;
    IF NEW.kind = 'closed' AND NEW.at < poll.closes_at THEN
        PERFORM endorsements_refuse('the closing time has not come', 'entry_close_in_time');
    END IF;
    IF NEW.kind <> 'closed' AND clock_timestamp() >= poll.closes_at THEN
        PERFORM endorsements_refuse('the closing time has passed', 'entry_before_close');
    END IF;
    IF NEW.sequence <> poll.entries + 1 OR NEW.previous <> poll.head THEN
        PERFORM endorsements_refuse('the entry does not follow the last one', 'entry_in_chain');
    END IF;
    IF NEW.hash <> encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') THEN
        PERFORM endorsements_refuse('the entry has another hash', 'entry_hashed');
    END IF;
    IF NEW.kind = 'extended' AND NEW.closes_at <= poll.closes_at THEN
        PERFORM endorsements_refuse('a closing time is never shortened', 'entry_extends');
    END IF;
    SELECT number, group_id INTO seat FROM endorsements_eligiblegroup
        WHERE id = NEW.eligible_id AND poll_id = NEW.poll_id;
    IF seat.number IS NULL AND NEW.kind IN ('cast', 'struck') THEN
        PERFORM endorsements_refuse('the group is not eligible in this poll', 'entry_of_eligible_group');
    END IF;
    SELECT position, kind, closed_at INTO choice FROM endorsements_pollchoice
        WHERE id = NEW.choice_id AND poll_id = NEW.poll_id;
    IF choice.position IS NULL AND NEW.kind IN ('cast', 'withdrawn') THEN
        PERFORM endorsements_refuse('this is no choice of the poll', 'entry_of_its_choices');
    END IF;
    IF NEW.kind = 'cast' THEN
        PERFORM 1 FROM affiliates_group WHERE id = seat.group_id AND status = 'listed' FOR SHARE;
        IF NOT FOUND THEN
            PERFORM endorsements_refuse('the agreement of the group has ended', 'entry_of_group_in_force');
        END IF;
    END IF;
    IF choice.closed_at IS NOT NULL THEN
        PERFORM endorsements_refuse('the candidate has withdrawn', 'entry_of_open_choice');
    END IF;
    IF NEW.kind = 'withdrawn' AND choice.kind <> 'candidate' THEN
        PERFORM endorsements_refuse('only a candidate withdraws', 'entry_withdraws_a_candidate');
    END IF;
    IF NEW.kind = 'struck' AND NOT EXISTS (
        SELECT FROM endorsements_ballot WHERE eligible_id = NEW.eligible_id AND struck_at IS NULL
    ) THEN
        PERFORM endorsements_refuse('there is no ballot to strike', 'entry_strikes_a_ballot');
    END IF;
    IF NEW.kind = 'struck' AND NOT EXISTS (
        SELECT FROM endorsements_ballotstrike strike
            JOIN endorsements_ballot ballot ON ballot.eligible_id = strike.eligible_id AND ballot.entry_id = strike.entry_id
            WHERE strike.eligible_id = NEW.eligible_id AND strike.agreed_at IS NOT NULL AND strike.because = NEW.words
    ) THEN
        PERFORM endorsements_refuse('two people strike a ballot', 'entry_struck_by_two');
    END IF;
    -- What is hashed is what is done.
    said := NEW.text::jsonb;
    expected := jsonb_build_object('poll', poll.slug, 'sequence', NEW.sequence, 'kind', NEW.kind,
        'at', endorsements_in_utc(NEW.at), 'previous', NEW.previous, 'nonce', said->'nonce');
    IF NEW.kind IN ('cast', 'struck') THEN
        expected := expected || jsonb_build_object('group', seat.number);
    END IF;
    IF NEW.kind IN ('cast', 'withdrawn') THEN
        expected := expected || jsonb_build_object('choice', choice.position);
    END IF;
    IF NEW.kind = 'extended' THEN
        expected := expected || jsonb_build_object('closes_at', endorsements_in_utc(NEW.closes_at));
    END IF;
    IF NEW.kind IN ('extended', 'struck') THEN
        expected := expected || jsonb_build_object('because', NEW.words);
    END IF;
    IF said <> expected OR said->>'nonce' IS NULL OR said->>'nonce' !~ '^[0-9a-f]{32}$' THEN
        PERFORM endorsements_refuse('the text says something else', 'entry_text_true');
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
    PERFORM endorsements_refuse('what was written stays', TG_TABLE_NAME || '_append_only');
END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON endorsements_pollentry
    FOR EACH ROW EXECUTE FUNCTION endorsements_refuse_change();

-- A TRUNCATE that cascades to an empty ledger does no harm.
CREATE FUNCTION endorsements_refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM endorsements_pollentry) THEN
        PERFORM endorsements_refuse('what was written stays', TG_TABLE_NAME || '_never_emptied');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_never_emptied BEFORE TRUNCATE ON endorsements_pollentry
    FOR EACH STATEMENT EXECUTE FUNCTION endorsements_refuse_emptying();
CREATE TRIGGER ballot_never_emptied BEFORE TRUNCATE ON endorsements_ballot
    FOR EACH STATEMENT EXECUTE FUNCTION endorsements_refuse_emptying();

CREATE FUNCTION endorsements_derive_ballots() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() = 1 THEN
        PERFORM endorsements_refuse('ballots are derived from the ledger', 'ballot_by_ledger');
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER ballot_derived BEFORE INSERT OR UPDATE OR DELETE ON endorsements_ballot
    FOR EACH ROW EXECUTE FUNCTION endorsements_derive_ballots();

-- Asked for by one, agreed to or refused by another, once.
CREATE FUNCTION endorsements_keep_strike() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM endorsements_refuse('what was asked for stays', 'strike_stays');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF num_nonnulls(NEW.agreed_at, NEW.refused_at) > 0 THEN
            PERFORM endorsements_refuse('it is asked for first', 'strike_asked_first');
        END IF;
        IF NOT EXISTS (
            SELECT FROM endorsements_pollentry WHERE id = NEW.entry_id AND kind = 'cast' AND poll_id = NEW.poll_id
                AND eligible_id = NEW.eligible_id
        ) THEN
            PERFORM endorsements_refuse('this is no ballot of that group', 'strike_of_a_ballot');
        END IF;
        RETURN NEW;
    END IF;
    IF num_nonnulls(OLD.agreed_at, OLD.refused_at) > 0 OR num_nonnulls(NEW.agreed_at, NEW.refused_at) > 1
            OR (NEW.poll_id, NEW.eligible_id, NEW.entry_id, NEW.because, NEW.asked_by, NEW.asked_at) IS DISTINCT FROM
               (OLD.poll_id, OLD.eligible_id, OLD.entry_id, OLD.because, OLD.asked_by, OLD.asked_at) THEN
        PERFORM endorsements_refuse('what was asked for is answered once', 'strike_answered_once');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER strike_kept BEFORE INSERT OR UPDATE OR DELETE ON endorsements_ballotstrike
    FOR EACH ROW EXECUTE FUNCTION endorsements_keep_strike();
"""
NO_LEDGER = """
DROP TRIGGER strike_kept ON endorsements_ballotstrike;
DROP FUNCTION endorsements_keep_strike();
DROP TRIGGER ballot_derived ON endorsements_ballot;
DROP FUNCTION endorsements_derive_ballots();
DROP TRIGGER ballot_never_emptied ON endorsements_ballot;
DROP TRIGGER entry_never_emptied ON endorsements_pollentry;
DROP FUNCTION endorsements_refuse_emptying();
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
        IF NEW.state = 'approved' THEN
            -- Whoever voids the poll at this moment waits, or is waited for.
            PERFORM 1 FROM endorsements_poll WHERE id = NEW.poll_id AND state = 'closed' FOR SHARE;
            IF NOT FOUND THEN
                PERFORM endorsements_refuse('the poll is void', 'endorsement_of_poll_that_stands');
            END IF;
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER endorsement_decided_by_two BEFORE INSERT OR UPDATE OF state ON endorsements_endorsement
    FOR EACH ROW EXECUTE FUNCTION endorsements_keep_decision();

CREATE TRIGGER opinion_append_only BEFORE UPDATE OR DELETE ON endorsements_endorsementopinion
    FOR EACH ROW EXECUTE FUNCTION endorsements_refuse_change();
CREATE FUNCTION endorsements_refuse_late_opinion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM endorsements_endorsement WHERE id = NEW.endorsement_id AND state = 'proposed' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM endorsements_refuse('it is decided', 'opinion_before_the_decision');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER opinion_before_the_decision BEFORE INSERT ON endorsements_endorsementopinion
    FOR EACH ROW EXECUTE FUNCTION endorsements_refuse_late_opinion();

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
CREATE TRIGGER groupendorsement_no_counter
    BEFORE INSERT OR UPDATE OF race_id, candidate_id, withdrawn_at ON endorsements_groupendorsement
    FOR EACH ROW EXECUTE FUNCTION endorsements_refuse_counter();
"""
NO_DECISIONS = """
DROP TRIGGER groupendorsement_no_counter ON endorsements_groupendorsement;
DROP FUNCTION endorsements_refuse_counter();
DROP TRIGGER opinion_before_the_decision ON endorsements_endorsementopinion;
DROP FUNCTION endorsements_refuse_late_opinion();
DROP TRIGGER opinion_append_only ON endorsements_endorsementopinion;
DROP TRIGGER endorsement_decided_by_two ON endorsements_endorsement;
DROP FUNCTION endorsements_keep_decision();
"""


class Migration(migrations.Migration):
    dependencies = [("endorsements", "0001_initial")]

    operations = [
        # As lists: Django would take a text apart at semicolons, and stumbles over CASE … END inside a function.
        migrations.RunSQL([REFERENCES], [NO_REFERENCES]),
        migrations.RunSQL([POLL], [NO_POLL]),
        migrations.RunSQL([LEDGER], [NO_LEDGER]),
        migrations.RunSQL([DECISIONS], [NO_DECISIONS]),
    ]
