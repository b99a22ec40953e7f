using Purser.Gateway.Storage;

namespace Purser.Gateway.Evaluations;

/// <summary>Keeps evaluations. Owned by the ledger's writer, whose transactions it writes in.</summary>
/// <param name="prepare">Prepares a statement.</param>
internal sealed class EvaluationWriter(Func<string, Sql> prepare)
{
    private readonly Sql insert = prepare(
        $"INSERT OR IGNORE INTO evaluations({EvaluationTable.Columns}) VALUES({Sql.Places(EvaluationTable.ColumnCount)})"
    );

    private readonly Sql changes = prepare("SELECT changes()");

    private readonly Sql others = prepare(
        "SELECT COUNT(*) FROM evaluations WHERE route = ? AND source = ? AND id <> ? AND substr(id || ' ', 1, length(?)) = ?"
    );

    /// <summary>Keeps one, unless there is one of its route, source and id, or its key has said as much of the request as it may.</summary>
    /// <returns>What became of it.</returns>
    public EvaluationOutcome Keep(StoredEvaluation kept)
    {
        var said = kept.Said;
        if (said.Key is { } key && Others(said, $"{key} ") >= Evaluation.MostOfKey)
        {
            return EvaluationOutcome.TooMany;
        }

        insert
            .Bind(said.RouteId)
            .Bind((long)said.Source)
            .Bind(said.Id)
            .Bind(said.Model)
            .Bind((long)Math.Round(said.Score * EvaluationTable.Millionths))
            .Bind(JournalWriter.Microseconds(said.At))
            .Bind(JournalWriter.Microseconds(kept.ServedAt))
            .Bind(kept.AccountId)
            .Bind(kept.Class)
            .Bind(kept.Application);
        if (kept.Floor is { } floor)
        {
            insert.Bind(floor);
        }
        else
        {
            insert.Bind((string?)null);
        }

        insert.Bind(kept.Predictor).Bind(kept.IsEvidence ? 1 : 0).Bind(said.Reason).Run();
        return changes.Number() == 1 ? EvaluationOutcome.Kept : EvaluationOutcome.Known;
    }

    /// <summary>How many others the same key has said of the same request.</summary>
    private long? Others(Evaluation said, string start) =>
        others.Bind(said.RouteId).Bind((long)said.Source).Bind(said.Id).Bind(start).Bind(start).Number();
}
