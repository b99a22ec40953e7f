using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Routing;

namespace Purser.Gateway.Storage;

/// <summary>How far models are let into requests, as the journal's changes make it. The evaluations that led to it aren't in the journal.</summary>
internal sealed class AuditedSlices
{
    private readonly Dictionary<(string Kind, string Model, string Application), Audited> slices = [];

    /// <summary>Takes a change of the control plane; nothing where it's about something else.</summary>
    public void Take(JsonElement note)
    {
        if (!note.TryGetProperty("slice", out var stage))
        {
            return;
        }

        slices[(Text(note, "kind")!, Text(note, "model")!, Text(note, "application")!)] = new Audited(
            stage.GetString()!,
            note.GetProperty("opening").GetInt64(),
            note.GetProperty("since_us").GetInt64(),
            note.GetProperty("floor").GetInt64(),
            Text(note, "predictor")!,
            note.GetProperty("at_us").GetInt64(),
            Text(note, "by")!,
            Text(note, "record")
        );
    }

    /// <summary>Rows that aren't what the journal says.</summary>
    public IEnumerable<string> Compare(SqliteConnection connection)
    {
        var stored = ControlTables
            .Slices(connection)
            .All.ToDictionary(
                state => (RouteRecord.NameOf(state.Slice.Class), state.Slice.Model, state.Slice.App),
                state => new Audited(
                    SliceNames.Of(state.Stage),
                    state.Opening,
                    JournalWriter.Microseconds(state.Since),
                    state.Floor,
                    state.Predictor,
                    JournalWriter.Microseconds(state.At),
                    state.By,
                    state.Record
                )
            );
        foreach (var name in slices.Keys.Union(stored.Keys).Order())
        {
            if (stored.GetValueOrDefault(name) != slices.GetValueOrDefault(name))
            {
                yield return $"slice of '{name.Item2}' for {name.Item1} requests of {name.Item3}: its row isn't what the journal recorded";
            }
        }
    }

    private static string? Text(JsonElement note, string name) =>
        note.TryGetProperty(name, out var text) && text.ValueKind != JsonValueKind.Null ? text.GetString() : null;

    private sealed record Audited(string Stage, long Opening, long Since, long Floor, string Predictor, long At, string By, string? Record);
}
