using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Objects;

namespace Purser.Gateway.Storage;

/// <summary>Something that the ledger's writer does, in its turn, inside a transaction shared with its neighbours in the queue.</summary>
internal abstract class LedgerCommand
{
    /// <summary>Changes the ledger and appends to the journal. Runs on the writer's thread alone.</summary>
    public abstract void Execute(JournalWriter journal);

    /// <summary>Tells the caller, once the transaction is committed.</summary>
    public abstract void Complete();

    /// <summary>Tells the caller that the transaction did not commit.</summary>
    public abstract void Fail(Exception cause);
}

/// <summary>A command that answers with a value.</summary>
/// <param name="goesOn">
/// Whether the caller goes on where it's told, before others are: requests do, which are never long without a pause. Reports and changes
/// are put on a thread of their own.
/// </param>
internal abstract class LedgerCommand<T>(bool goesOn = true) : LedgerCommand
{
    private readonly TaskCompletionSource<T> completion = new(
        goesOn ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously
    );
    private T result = default!;

    public Task<T> Completion => completion.Task;

    public sealed override void Execute(JournalWriter journal) => result = Run(journal);

    public sealed override void Complete() => completion.TrySetResult(result);

    public sealed override void Fail(Exception cause) => completion.TrySetException(new LedgerUnavailableException(cause));

    protected abstract T Run(JournalWriter journal);
}

internal sealed class ReserveCommand(Admission admission) : LedgerCommand<AdmissionResult>
{
    protected override AdmissionResult Run(JournalWriter journal) => journal.Reserve(admission);
}

internal sealed class ExtendCommand(AttemptId attempt, Amount more, DateTimeOffset at) : LedgerCommand<ReserveResult>
{
    protected override ReserveResult Run(JournalWriter journal) => journal.Extend(attempt, more, at);
}

internal sealed class PostCommand(UsageEvent usageEvent, Amount actual) : LedgerCommand<SettleResult>
{
    protected override SettleResult Run(JournalWriter journal) => journal.Post(usageEvent, actual);
}

internal sealed class VoidCommand(UsageEvent usageEvent) : LedgerCommand<SettleResult>
{
    protected override SettleResult Run(JournalWriter journal) => journal.Void(usageEvent);
}

internal sealed class RefusalCommand(Subject subject, Route route, UsageEvent usageEvent, BalanceSnapshot? refusing) : LedgerCommand<bool>
{
    protected override bool Run(JournalWriter journal)
    {
        journal.RecordRefusal(subject, route, usageEvent, refusing);
        return true;
    }
}

internal sealed class KeepObjectCommand(OwnedObject kept) : LedgerCommand<bool>
{
    protected override bool Run(JournalWriter journal) => journal.Objects.Keep(kept);
}

internal sealed class RemoveObjectCommand(OwnedObject removed) : LedgerCommand<bool>
{
    protected override bool Run(JournalWriter journal) => journal.Objects.Remove(removed);
}

/// <summary>Puts a note into the journal that changes nothing.</summary>
internal sealed class NoteCommand(string text) : LedgerCommand<long>(goesOn: false)
{
    protected override long Run(JournalWriter journal)
    {
        journal.AppendControl(text);
        return journal.HeadSeq;
    }
}

internal sealed class KeepEvaluationCommand(StoredEvaluation kept) : LedgerCommand<EvaluationOutcome>(goesOn: false)
{
    protected override EvaluationOutcome Run(JournalWriter journal) => journal.Evaluations.Keep(kept);
}

internal sealed class ReadCommand<T>(Func<JournalWriter, T> read) : LedgerCommand<T>(goesOn: false)
{
    protected override T Run(JournalWriter journal) => read(journal);
}

/// <summary>A command that may be refused. Then nothing changes, and only its caller is told; its neighbours are not touched by it.</summary>
internal abstract class RefusableCommand<T> : LedgerCommand
{
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T result = default!;
    private Exception? refusal;

    public Task<T> Completion => completion.Task;

    public sealed override void Execute(JournalWriter journal)
    {
        journal.Execute("SAVEPOINT refusable");
        try
        {
            result = Check(journal);
        }
        catch (Exception exception)
        {
            // Refused, or a bug in the change itself: either way it's undone, and the ledger goes on.
            journal.Execute("ROLLBACK TO refusable; RELEASE refusable");
            refusal = exception;
            return;
        }

        Apply(journal, result);
        journal.Execute("RELEASE refusable");
    }

    public sealed override void Complete()
    {
        if (refusal is not null)
        {
            completion.TrySetException(refusal);
        }
        else
        {
            completion.TrySetResult(result);
        }
    }

    public sealed override void Fail(Exception cause) => completion.TrySetException(new LedgerUnavailableException(cause));

    /// <summary>Works out what to do, and changes tables alone; what it throws refuses the command.</summary>
    protected abstract T Check(JournalWriter journal);

    /// <summary>Changes the ledger and appends to the journal. Nothing here can refuse any more.</summary>
    protected abstract void Apply(JournalWriter journal, T result);
}

/// <summary>A change of accounts, keys or budgets.</summary>
internal sealed class ControlCommand<T>(Func<ControlTransaction, T> change) : RefusableCommand<T>
{
    private ControlTransaction? transaction;

    protected override T Check(JournalWriter journal) => change(transaction = new ControlTransaction(journal));

    protected override void Apply(JournalWriter journal, T result) => transaction!.Apply();
}
