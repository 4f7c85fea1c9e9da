/**
 * What each figure of the analytics means: the one definition of each, from which the OpenAPI descriptions, the
 * documentation and the explanations on the report page are made.
 */
export const figures = {
  viewer:
    "One person: a user when signed in, else one browser, known by a signed anonymous id; a player that fetches playlists without a token is known by a mark of its address. Two tabs or two devices of one user are one viewer.",
  viewersNow:
    "Viewers whose socket is in the session's room now, and besides them those whose player's beat came within three beats' time (45 s unless set otherwise) or whose playlist request came within 45 s. Each viewer once.",
  uniqueViewers: "Different viewers who were there at any time.",
  signedInViewers: "Of the unique viewers, those who were signed in.",
  seats: "People with a seat in the event.",
  seatsTaken: "Of the people with a seat, those of whom there was any sign.",
  peakViewers:
    "The most different viewers who were there at once, looked at every ten seconds. Somebody is there from the first sign of a visit to its last; a visit goes on while the next sign comes within three beats' time (75 s for sockets and playlists), or where a player says that it played on.",
  livePeak:
    "The highest that the live count ever was. Reports look at the log of who was there instead, every ten seconds, and may differ by those who came or went in between.",
  peakAt: "The first minute in which the peak was reached; the hour, where minutes are no longer kept.",
  watchSeconds:
    "Seconds for which players played, as they said and as the server's clock allows: a beat vouches for no more time than passed since the one before (and a beat's time, since beats may be late), and for five minutes at most. Paused, stalled and lost time does not count. In no minute more than 60 seconds a viewer, on however many devices.",
  averageWatchSeconds: "Watch time, divided by unique viewers.",
  watchShare:
    "Watch time of a viewer, divided by how long the session lasted: from its first broadcast's start, or else the session's own, to its end or now; of an event: by the time in which any of its sessions ran. Never above 1.",
  firstSeenAt: "The first sign of this viewer: a beat, a socket or a playlist request.",
  lastSeenAt: "The last sign of this viewer.",
  joinSeconds:
    "From the wish to play to the first picture, without the time in which nothing was on air or the browser wanted a touch: the median over plays.",
  stalls:
    "How often playing stood still for want of data. Waits before the first picture, after a seek or a pause, and while the encoder is away, are none.",
  stallSeconds: "For how long playing stood still in all.",
  stallShare: "Stalled time, divided by stalled and watched time.",
  latencySeconds:
    "How far behind the encoder the picture was: the mean over viewers of what their players said.",
  errors: "How often a player had to start anew after a fault.",
  renditionSeconds: "Seconds played, by the rendition that was shown.",
  devices: "Different viewers by kind of device; who came with two kinds counts in both.",
  retention:
    "Of the viewers who were there in the first tenth of the session: how many were there in this twentieth of it, from their first sign to the last of each hour.",
  messages: "Chat messages that were not deleted, held back or shadowed.",
  questions:
    "Questions that were let in: that are shown or answered, or were archived after they had an upvote or an answer. In what is said of one person, without those whose asker is hidden from staff.",
  upvotes: "Upvotes of others' questions that stand.",
  votes: "Polls voted in: one a poll and person.",
  reactions: "Reactions sent.",
  engagementScore:
    "0 to 100: a weighted mean of six parts between 0 and 1. Watching counts by its share of the session; messages, questions, upvotes, votes and reactions by 1 − e^(−n/k), so that each further one adds less. Weights and k are configuration. Of a session or event: the mean over its viewers.",
  engagementParts:
    "What each part brings to the score, its weight counted in: they add up to it, and none is more than its weight.",
  curve:
    "Minute by minute, or in longer steps where that would be more than 1,440 points. Times without a viewer and without a message have no point.",
  stepSeconds: "How long a step of the curve is; a point stands at its beginning.",
  curveViewers:
    "Different viewers in this minute; in a longer step, those of its fullest minute, or of its fullest hour where minutes are no longer kept.",
  voters: "People who voted in this poll.",
  optionVotes: "People who chose this option.",
  browsers: "Different viewers by browser; who came with two counts in both.",
  dropOut:
    "Minutes after which there were at least a tenth fewer viewers, and at least five: in a row they are one drop-out.",
  chatRate: "Chat messages a minute, of those that count: the mean over a longer step.",
} as const;
