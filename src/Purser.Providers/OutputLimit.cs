using System.Buffers;
using System.Globalization;
using System.Text;

namespace Purser.Providers;

/// <summary>A limit of output tokens as the client wrote it.</summary>
/// <param name="Place">Where its value is in the body.</param>
/// <param name="Tokens">The limit, ≥ 1; <see cref="long.MaxValue"/> for what can't be read; null where the client wrote <c>null</c>.</param>
/// <param name="IsOwn">Whether it's the request's own; false for the limit of a fallback.</param>
public readonly record struct OutputLimit(JsonSlice Place, long? Tokens, bool IsOwn)
{
    /// <summary>
    /// Adds the edits after which no limit in the body is above <paramref name="most"/>, and the request has one of its own.
    /// Smaller ones stay as they are.
    /// </summary>
    /// <param name="facts">The body's facts.</param>
    /// <param name="memberName">The member that is added where the request has no limit.</param>
    /// <param name="most">The most output tokens, ≥ 1.</param>
    /// <param name="edits">Takes the edits.</param>
    /// <param name="gone">A member that is taken out, so that what it limits doesn't count.</param>
    internal static void Lower(RequestFacts facts, string memberName, long most, List<BodyEdit> edits, JsonSlice gone = default)
    {
        var text = most.ToString(CultureInfo.InvariantCulture);
        var hasOwn = false;
        OutputLimit? empty = null;
        foreach (var limit in facts.OutputLimits)
        {
            if (gone.Holds(limit.Place))
            {
                continue;
            }
            if (limit.Tokens > most)
            {
                edits.Add(new BodyEdit(limit.Place, Encoding.ASCII.GetBytes(text)));
            }
            hasOwn |= limit is { IsOwn: true, Tokens: not null };
            // Of two nulls either would do: the first is as good.
            empty = limit is { IsOwn: true, Tokens: null } ? empty ?? limit : empty;
        }
        if (!hasOwn)
        {
            var newPlace = facts.LimitPlace ?? new LimitPlace(new JsonSlice(facts.BodyEnd, 0), ",", "");
            edits.Add(
                empty is { } place
                    ? new BodyEdit(place.Place, Encoding.ASCII.GetBytes(text))
                    : new BodyEdit(newPlace.Place, Encoding.ASCII.GetBytes($"{newPlace.Before}\"{memberName}\":{text}{newPlace.After}"))
            );
        }
    }

    /// <summary>Whether a body must be changed in which Purser owns the model and the limit alone.</summary>
    internal static bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? most) =>
        BodyEdit.RenamesModel(facts, upstreamModel) || (most is { } limit && NeedsLowering(facts, limit));

    /// <summary>Writes a body in which Purser owns the model and the limit alone.</summary>
    internal static void WriteRequest(
        ReadOnlySpan<byte> body,
        RequestFacts facts,
        string upstreamModel,
        string memberName,
        long? most,
        IBufferWriter<byte> output
    )
    {
        List<BodyEdit> edits = [BodyEdit.Model(facts, upstreamModel)];
        if (most is { } limit)
        {
            Lower(facts, memberName, limit, edits);
        }
        BodyEdit.Write(body, edits, output);
    }

    /// <summary>Whether <see cref="Lower"/> would change anything.</summary>
    internal static bool NeedsLowering(RequestFacts facts, long most)
    {
        var hasOwn = false;
        foreach (var limit in facts.OutputLimits)
        {
            if (limit.Tokens > most)
            {
                return true;
            }
            hasOwn |= limit is { IsOwn: true, Tokens: not null };
        }
        return !hasOwn;
    }
}

/// <summary>Where an output limit is put into a body that has none, and what has to stand around it there.</summary>
internal readonly record struct LimitPlace(JsonSlice Place, string Before, string After);
