using System.Globalization;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;
using Purser.Routing.Evidence;

namespace Purser.Gateway.Alerts;

/// <summary>The alert that a model no longer takes requests of a kind, because its answers were shown to be worse than they may be.</summary>
internal static class SliceAlert
{
    /// <summary>One for each revert.</summary>
    public static Alert Of(Revert revert, ControlSnapshot control)
    {
        var (record, id) = (RevertRecord.Of(revert), SliceState.IdOf(revert.Slice));
        var application = SliceNames.ForPeople(revert.Slice.App, control);
        return new Alert
        {
            Id = Alert.IdOf(AlertKind.SliceReverted, id, windowStart: revert.At),
            Kind = AlertKind.SliceReverted,
            At = revert.At,
            Scope = application,
            Message = string.Create(
                CultureInfo.InvariantCulture,
                $"'{revert.Slice.Model}' no longer takes {RouteRecord.NameOf(revert.Slice.Class)} requests of {application}: they go to the reference again. {record.Floor:P0} of its answers shall be good enough; since {record.Since.UtcDateTime:yyyy-MM-dd HH:mm} UTC {record.Quality:P0} of {record.Evaluations} judged ones were, and with {record.Confidence:P2} confidence it was under {record.AtMost:P0}. {record.Leaked} requests were served meanwhile, which cost some {record.Lost:0.#} good answers."
            ),
            Action = $"purser router slices; once it's mended: purser router restore {id}",
        };
    }
}
