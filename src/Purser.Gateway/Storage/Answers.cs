namespace Purser.Gateway.Storage;

/// <summary>
/// Tells the callers of a commit that it's done, on the thread pool: a few in each work item, one after the other. A work item for each caller
/// would cost the committing thread more than their entries do; one for all would leave other cores idle.
/// </summary>
internal sealed class Answers : IThreadPoolWorkItem
{
    private const int ToldTogether = 8;

    private readonly LedgerCommand[] commands;
    private readonly Exception? fault;

    private Answers(LedgerCommand[] commands, Exception? fault)
    {
        this.commands = commands;
        this.fault = fault;
    }

    /// <summary>Tells them.</summary>
    /// <param name="commands">Whose callers.</param>
    /// <param name="fault">Why it isn't done, or null.</param>
    public static void Tell(ReadOnlySpan<LedgerCommand> commands, Exception? fault)
    {
        for (var start = 0; start < commands.Length; start += ToldTogether)
        {
            var some = commands[start..Math.Min(commands.Length, start + ToldTogether)].ToArray();
            ThreadPool.UnsafeQueueUserWorkItem(new Answers(some, fault), preferLocal: false);
        }
    }

    /// <inheritdoc/>
    public void Execute()
    {
        foreach (var command in commands)
        {
            if (fault is null)
            {
                command.Complete();
            }
            else
            {
                command.Fail(fault);
            }
        }
    }
}
