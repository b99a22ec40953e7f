using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Purser.Gateway.Routing;
using Purser.Routing;
using Purser.Routing.Evidence;

namespace Purser.Gateway.Evaluations;

/// <summary>How far a model is let into a slice's requests.</summary>
public enum SliceStage
{
    /// <summary>On trial: into the share that the configuration says.</summary>
    Canary,

    /// <summary>Into all: somebody promoted it, with evidence.</summary>
    Proven,

    /// <summary>Into none: its answers were shown to be worse than they may be.</summary>
    Reverted,
}

/// <summary>How far a model is let into requests of one kind, of one application. Its past is in the journal.</summary>
/// <param name="Slice">Which slice.</param>
/// <param name="Stage">How far.</param>
/// <param name="Opening">Which opening of a slice this was, of all there were: it has that opening's part of the chance of a false revert.</param>
/// <param name="Since">Evaluations of requests from before say nothing of it any more.</param>
/// <param name="Floor">The percentage of answers that shall be good enough.</param>
/// <param name="Predictor">The predictor that sends it requests.</param>
/// <param name="At">When it came to this stage.</param>
/// <param name="By">Who brought it there.</param>
/// <param name="Record">With what evidence, JSON; null where there was none.</param>
public sealed record SliceState(
    SliceKey Slice,
    SliceStage Stage,
    int Opening,
    DateTimeOffset Since,
    long Floor,
    string Predictor,
    DateTimeOffset At,
    string By,
    string? Record
)
{
    /// <summary>Its short name, for commands.</summary>
    public string Id => IdOf(Slice);

    /// <summary>A slice's short name: the same everywhere.</summary>
    public static string IdOf(SliceKey slice) =>
        "sl_"
        + Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{RouteRecord.NameOf(slice.Class)}\n{slice.Model}\n{slice.App}")).AsSpan(0, 6)
        );

    /// <summary>The slice of what records spell.</summary>
    /// <param name="kind">The kind of work, such as <c>code_edit</c>; one that isn't known here is <see cref="TaskClass.Other"/>.</param>
    /// <param name="model">The model.</param>
    /// <param name="application">Which policy of whose.</param>
    public static SliceKey KeyOf(string kind, string model, string application) =>
        new(
            Enum.TryParse<TaskClass>(kind.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var known)
                ? known
                : TaskClass.Other,
            model,
            application
        );
}

/// <summary>The slices that have a state of their own. One that has none is on trial, and has no evaluation yet.</summary>
/// <param name="states">Theirs.</param>
public sealed class SliceStates(IEnumerable<SliceState> states)
{
    private readonly FrozenDictionary<SliceKey, SliceState> states = states.ToFrozenDictionary(state => state.Slice);

    /// <summary>All of them.</summary>
    public IReadOnlyList<SliceState> All => states.Values;

    /// <summary>A slice's state, or null.</summary>
    public SliceState? Find(SliceKey slice) => states.TryGetValue(slice, out var state) ? state : null;

    /// <summary>The slice of a short name, or null.</summary>
    public SliceState? Find(string id) => states.Values.FirstOrDefault(state => state.Id == id);
}
