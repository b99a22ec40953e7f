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

    /// <summary>Keeps one, unless there is one of its route, source and id.</summary>
    /// <returns>Whether there was none.</returns>
    public bool Keep(StoredEvaluation kept)
    {
        var said = kept.Said;
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
        return changes.Number() == 1;
    }
}
