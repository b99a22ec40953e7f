using Purser.Gateway.Evaluations;
using Purser.Gateway.Routing;

namespace Purser.Gateway.Storage;

/// <content>How far models are let into requests.</content>
internal sealed partial class ControlTransaction
{
    /// <summary>The number of a slice's opening that would be the next.</summary>
    public int NextOpening => Current.Slices.All.Select(state => state.Opening).DefaultIfEmpty().Max() + 1;

    /// <summary>Brings a slice to a stage.</summary>
    public SliceState SetSlice(SliceState state)
    {
        var kind = RouteRecord.NameOf(state.Slice.Class);
        Run(
            "INSERT OR REPLACE INTO slices VALUES($class, $model, $application, $stage, $opening, $since, $floor, $predictor, $at, $by, $record)",
            ("$class", kind),
            ("$model", state.Slice.Model),
            ("$application", state.Slice.App),
            ("$stage", (int)state.Stage),
            ("$opening", state.Opening),
            ("$since", JournalWriter.Microseconds(state.Since)),
            ("$floor", state.Floor),
            ("$predictor", state.Predictor),
            ("$at", JournalWriter.Microseconds(state.At)),
            ("$by", state.By),
            ("$record", (object?)state.Record ?? DBNull.Value)
        );
        Note(
            new
            {
                slice = SliceNames.Of(state.Stage),
                kind,
                model = state.Slice.Model,
                application = state.Slice.App,
                opening = state.Opening,
                since_us = JournalWriter.Microseconds(state.Since),
                floor = state.Floor,
                predictor = state.Predictor,
                at_us = JournalWriter.Microseconds(state.At),
                by = state.By,
                record = state.Record,
            }
        );
        return state;
    }
}
