using Spectre.Console;

namespace Purser.Cli.Output;

/// <summary>Spectre's console over a writer of ours.</summary>
internal static class Terminal
{
    /// <summary>A console that draws on this writer.</summary>
    public static IAnsiConsole Console(TextWriter writer) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });

    /// <summary>
    /// Runs long work and shows how far it is: a bar on a terminal, nothing elsewhere (a log of a thousand percentages helps nobody).
    /// </summary>
    /// <param name="context">Where to show it: on its error stream.</param>
    /// <param name="title">What is going on.</param>
    /// <param name="total">How many steps there are.</param>
    /// <param name="work">The work; it calls the action with each number of steps done, from any thread.</param>
    public static async Task<T> WithProgressAsync<T>(CliContext context, string title, long total, Func<Action<long>, Task<T>> work)
    {
        if (!context.ErrorIsTerminal)
        {
            return await work(_ => { });
        }

        return await Console(context.Error)
            .Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask(Markup.Escape(title), maxValue: Math.Max(1, total));
                return await work(steps => task.Increment(steps));
            });
    }
}
