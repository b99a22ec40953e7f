namespace Purser.Routing.Evidence;

/// <summary>What is watched and reverted as one: requests of one class, of one application, that one model serves instead of the reference.</summary>
/// <param name="Class">The kind of work.</param>
/// <param name="Model">The model that serves it.</param>
/// <param name="App">The application, as the account's policy names it; empty where all are one.</param>
public readonly record struct SliceKey(TaskClass Class, string Model, string App);

/// <summary>
/// How good one answer was: feedback, a judge's result, a check. One to a request, and from a share of the requests that was drawn at random
/// before the answers were seen: where only the displeased speak up, the mean is of the displeased.
/// </summary>
/// <param name="Slice">Whose request it was.</param>
/// <param name="Number">The number that <see cref="SliceMonitor.Served"/> gave it.</param>
/// <param name="ServedAt">When it was served.</param>
/// <param name="Quality">From 0, useless, to 1, as good as asked. Intervals count it in hundredths.</param>
public readonly record struct Evaluation(SliceKey Slice, long Number, DateTimeOffset ServedAt, double Quality);

/// <summary>Why a slice went back to the reference: the record that is kept.</summary>
/// <param name="Slice">Which one.</param>
/// <param name="At">When.</param>
/// <param name="Floor">The quality that it must not be under, from 0 to 1.</param>
/// <param name="Alpha">How often, at most, a slice in its place is reverted that never was under its floor.</param>
/// <param name="Evidence">What betting on a drop has won, from a stake of 1: at least 1/α.</param>
/// <param name="Whole">All evaluations since the slice was opened, with an interval of its mean.</param>
/// <param name="Bound">With confidence 1−α, quality was under this for a time. At most the floor.</param>
/// <param name="DropAt">The number of the request from which on it seems to have been.</param>
/// <param name="Count">n: how many evaluations there are from that one on.</param>
/// <param name="Estimate">Their mean. They are picked for being bad, so it's rather too low than too high.</param>
/// <param name="Leaked">How many requests were served from that one until the revert.</param>
/// <param name="Loss">What that cost in quality below the floor: leaked requests times floor less estimate.</param>
public sealed record Revert(
    SliceKey Slice,
    DateTimeOffset At,
    double Floor,
    double Alpha,
    double Evidence,
    QualityInterval Whole,
    double Bound,
    long DropAt,
    long Count,
    double Estimate,
    long Leaked,
    double Loss
);

/// <summary>How a slice does.</summary>
/// <param name="Slice">Which one.</param>
/// <param name="Floor">The quality that it must not be under, from 0 to 1.</param>
/// <param name="Served">How many requests it served since it was opened.</param>
/// <param name="Quality">Their quality, as far as evaluations have come.</param>
/// <param name="Evidence">What betting on a drop has won so far; 1/<paramref name="Alpha"/> reverts.</param>
/// <param name="Alpha">How often, at most, a slice in its place is reverted that never was under its floor.</param>
/// <param name="Revert">The record of its revert; null where it is served.</param>
public sealed record SliceStatus(
    SliceKey Slice,
    double Floor,
    long Served,
    QualityInterval Quality,
    double Evidence,
    double Alpha,
    Revert? Revert
);
