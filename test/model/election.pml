/*
 * The protocol of an election, apart from the code: instances, sessions at the server, one lock, and time that passes in
 * ticks. Spin looks at every order in which all of it can happen.
 *
 * A statement is sent, handled by the server, and answered, with time between these. Trust in a session runs from the
 * sending of the last answered statement for RENEW_DEADLINE; the server ends a session that has been silent for
 * LEASE_DURATION. Nobody who is well takes longer than a tick for a step, so that time can't pass without anything happening.
 *
 * Defined from outside (check-model.mjs): N instances, FAULTS, RESIGNATIONS, STRICT, the kinds of faults that may happen, and
 * BUG_…: rules that are left out, which Spin must then notice.
 */
#ifndef N
#define N 3
#endif
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef RENEW_DEADLINE
#define RENEW_DEADLINE 3
#endif
#ifndef LEASE_DURATION
#define LEASE_DURATION 4
#endif
#ifndef RESIGNATIONS
#define RESIGNATIONS 1
#endif
#ifndef RESTARTS
#define RESTARTS 0
#endif

/* Somebody leads at the latest so long after everything is well: the lease of a session that was lost, the wait of the new
 * holder, and the ways of a few statements. */
#define LONGEST_VACANCY (LEASE_DURATION + 2 * RENEW_DEADLINE + 10)

#define STANDBY 0
#define HOLDS 1
#define LEADS 2

#define HEARTBEAT 0
#define TRY 1
#define DRAW 2

#define NOT_SENT 0
#define SENT 1
#define HANDLED 2

/* The lock belongs to the session of an instance, to a session that its instance has given up, or to nobody. */
#define ORPHAN(i) (N + (i))
#define NOBODY (2 * N)

bit up[N];
bit frozen[N];
bit cut[N];          /* no packet passes in either direction; all arrive once it is healed */

bit connected[N];    /* the instance trusts, or could, that it has a session */
byte phase[N];
byte sentAge[N];     /* ticks since the sending of the last answered statement */
byte statement[N];
byte kind[N];
byte statementAge[N];
byte answer[N];
bit hasSent[N];      /* in this tick */
byte term[N];
byte waited[N];      /* ticks since it learned that it holds the lock */
byte sinceLoss[N] = RENEW_DEADLINE;
byte witnessed[N];   /* the last term at a resignation that it has witnessed, and one; 0 is none */

bit session[N];      /* at the server */
byte silence[N];
bit orphan[N];
byte orphanSilence[N];
byte owner = NOBODY;
byte lastTerm = 0;
byte uptime = RENEW_DEADLINE;

byte highestTerm = 0;
byte faults = FAULTS;
byte resignations = RESIGNATIONS;
byte starts = N + RESTARTS; /* of a process, at any time */
byte vacancy = 0;

/* Time without a leader counts from the last fault on. */
#define strike faults--; vacancy = 0
#define older(age, most) age = (age < most -> age + 1 : most)
#define isWell(i) (up[i] && !frozen[i] && !cut[i])
#define trusts(i) (up[i] && connected[i] && phase[i] == LEADS && sentAge[i] < RENEW_DEADLINE)

#if N == 3
#define leaders (trusts(0) + trusts(1) + trusts(2))
#define somebodyIsUrgent (isUrgent(0) || isUrgent(1) || isUrgent(2))
#define allAreWell ((isWell(0) || !up[0]) && (isWell(1) || !up[1]) && (isWell(2) || !up[2]) && (up[0] || up[1] || up[2]))
#else
#define leaders (trusts(0) + trusts(1))
#define somebodyIsUrgent (isUrgent(0) || isUrgent(1))
#define allAreWell ((isWell(0) || !up[0]) && (isWell(1) || !up[1]) && (up[0] || up[1]))
#endif

#ifdef STRICT
#define hasWaited(i) (waited[i] >= RENEW_DEADLINE)
#else
#define hasWaited(i) true
#endif

#ifdef BUG_WITNESS
#define isWitness(i) (witnessed[i] != 0)
#else
#define isWitness(i) (witnessed[i] == lastTerm + 1)
#endif

/* Where the server itself has gone, nobody has seen in which order sessions ended. */
#ifdef BUG_RESTART
#define isOld true
#else
#define isOld (uptime >= RENEW_DEADLINE)
#endif

#define mayLead(i) (isWitness(i) || (isOld && sinceLoss[i] >= RENEW_DEADLINE && hasWaited(i)))

inline freeFrom(who) {
  if
  :: owner == who -> owner = NOBODY
  :: else
  fi
}

inline endSession(i) {
  session[i] = 0;
  silence[i] = 0;
  freeFrom(i)
}

inline endOrphan(i) {
  orphan[i] = 0;
  orphanSilence[i] = 0;
  freeFrom(ORPHAN(i))
}

inline forget(i) {
  connected[i] = 0;
  phase[i] = STANDBY;
  sentAge[i] = 0;
  statement[i] = NOT_SENT;
  kind[i] = HEARTBEAT;
  statementAge[i] = 0;
  answer[i] = 0;
  waited[i] = 0;
  witnessed[i] = 0;
  term[i] = 0
}

/* The instance gives its session up. Where no packet passes, the server does not hear of it. */
inline lose(i) {
  forget(i);
  sinceLoss[i] = 0;
  if
  :: session[i] && cut[i] ->
    if
    :: orphan[i] -> endOrphan(i)
    :: else
    fi;
    orphan[i] = 1;
    orphanSilence[i] = silence[i];
    if
    :: owner == i -> owner = ORPHAN(i)
    :: else
    fi;
    session[i] = 0;
    silence[i] = 0
  :: session[i] && !cut[i] -> endSession(i)
  :: else
  fi
}

/* The server carries a statement out. */
inline handle(i) {
  silence[i] = 0;
  answer[i] = 0;
  if
  :: kind[i] == TRY && owner == NOBODY -> owner = i; answer[i] = 1
  :: kind[i] == DRAW && owner == i -> lastTerm++; answer[i] = lastTerm
  :: else
  fi;
  statement[i] = HANDLED
}

#ifdef BUG_TRUST
#define trustOf(i) 0
#else
#define trustOf(i) statementAge[i]
#endif

/* The instance gets the answer. */
inline take(i) {
  if
  :: trustOf(i) < sentAge[i] -> sentAge[i] = trustOf(i)
  :: else
  fi;
  if
  :: kind[i] == TRY && answer[i] != 0 -> phase[i] = HOLDS; waited[i] = 0
  :: kind[i] == DRAW && answer[i] != 0 && sentAge[i] < RENEW_DEADLINE ->
    phase[i] = LEADS;
    term[i] = answer[i];
    assert(term[i] > highestTerm);
    highestTerm = term[i]
  :: else
  fi;
  statement[i] = NOT_SENT;
  kind[i] = HEARTBEAT;
  statementAge[i] = 0;
  answer[i] = 0;
  /* Nothing else lets an instance trust that it leads. */
  assert(leaders <= 1)
}

inline send(i) {
  statement[i] = SENT;
  statementAge[i] = 0;
  hasSent[i] = 1;
  if
  :: phase[i] == STANDBY -> kind[i] = TRY
  :: phase[i] == HOLDS && mayLead(i) -> kind[i] = DRAW
  :: else -> kind[i] = HEARTBEAT
  fi
}

/* Its duties have stopped. One statement announces that and frees the lock; whoever is connected hears it. */
inline resign(i) {
  resignations--;
  phase[i] = STANDBY;
  term[i] = 0;
  silence[i] = 0;
  owner = NOBODY;
  for (other : 0 .. N - 1) {
    if
    :: other != i && session[other] -> witnessed[other] = lastTerm + 1
    :: else
    fi
  }
  other = 0
}

/* What must happen before any more time passes. */
#define isUrgent(i) ( \
  (connected[i] && up[i] && !frozen[i] && sentAge[i] >= RENEW_DEADLINE) || \
  (isWell(i) && (!connected[i] || !session[i] || (statement[i] == NOT_SENT && !hasSent[i]) || \
    (statement[i] != NOT_SENT && statementAge[i] >= 1))) || \
  (session[i] && silence[i] >= LEASE_DURATION) || \
  (orphan[i] && orphanSilence[i] >= LEASE_DURATION))

inline age(i) {
  if
  :: connected[i] -> older(sentAge[i], RENEW_DEADLINE)
  :: else
  fi;
  older(sinceLoss[i], RENEW_DEADLINE);
  hasSent[i] = 0;
  if
  :: statement[i] != NOT_SENT -> older(statementAge[i], RENEW_DEADLINE)
  :: else
  fi;
  if
  :: phase[i] == HOLDS -> older(waited[i], RENEW_DEADLINE)
  :: else
  fi;
  if
  :: session[i] -> older(silence[i], LEASE_DURATION)
  :: else
  fi;
  if
  :: orphan[i] -> older(orphanSilence[i], LEASE_DURATION)
  :: else
  fi
}

inline tick() {
  for (other : 0 .. N - 1) {
    age(other)
  }
  other = 0;
  older(uptime, RENEW_DEADLINE);
  if
  :: leaders == 0 && allAreWell -> vacancy++
  :: else -> vacancy = 0
  fi;
  assert(vacancy <= LONGEST_VACANCY)
}

inline restart() {
  strike;
  uptime = 0;
  for (other : 0 .. N - 1) {
    endSession(other);
    endOrphan(other)
  }
  other = 0
}

#define STEPS(i) \
  :: d_step { !up[i] && starts > 0 -> starts--; up[i] = 1; sinceLoss[i] = RENEW_DEADLINE } \
  :: d_step { isWell(i) && !connected[i] -> connected[i] = 1; session[i] = 1; silence[i] = 0; hasSent[i] = 1 } \
  :: d_step { up[i] && connected[i] && !frozen[i] && sentAge[i] >= RENEW_DEADLINE -> lose(i) } \
  :: d_step { isWell(i) && connected[i] && !session[i] -> lose(i) } \
  :: d_step { up[i] && connected[i] && !frozen[i] && statement[i] == NOT_SENT && !hasSent[i] && sentAge[i] < RENEW_DEADLINE -> send(i) } \
  :: d_step { statement[i] == SENT && session[i] && !cut[i] -> handle(i) } \
  :: d_step { isWell(i) && connected[i] && statement[i] == HANDLED -> take(i) } \
  :: d_step { isWell(i) && session[i] && phase[i] == LEADS && owner == i && statement[i] == NOT_SENT && resignations > 0 -> resign(i) } \
  :: d_step { session[i] && silence[i] >= LEASE_DURATION -> endSession(i) } \
  :: d_step { orphan[i] && orphanSilence[i] >= LEASE_DURATION -> endOrphan(i) } \
  :: d_step { isWell(i) && connected[i] && session[i] && orphan[i] -> endOrphan(i) } \
  :: d_step { frozen[i] -> frozen[i] = 0 } \
  :: d_step { cut[i] -> cut[i] = 0 } \
  :: d_step { faults > 0 && up[i] && mayCrash -> strike; up[i] = 0; frozen[i] = 0; cut[i] = 0; forget(i); sinceLoss[i] = RENEW_DEADLINE; endSession(i) } \
  :: d_step { faults > 0 && up[i] && !frozen[i] && mayFreeze -> strike; frozen[i] = 1 } \
  :: d_step { faults > 0 && up[i] && !cut[i] && mayBeCut -> strike; cut[i] = 1 } \
  :: d_step { faults > 0 && session[i] && mayBeTerminated -> strike; endSession(i) } \
  :: d_step { faults > 0 && orphan[i] && mayBeTerminated -> strike; endOrphan(i) }

active proctype world() {
  byte other = 0;
  do
  STEPS(0)
  STEPS(1)
#if N == 3
  STEPS(2)
#endif
  :: d_step { faults > 0 && mayRestart -> restart() }
  :: d_step { !somebodyIsUrgent -> tick() }
  od
}
