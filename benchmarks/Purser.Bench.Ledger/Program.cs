using System.CommandLine;
using Purser.Bench.Ledger;

var callers = new Option<int>("--callers") { Description = "How many wait for the journal at once.", DefaultValueFactory = _ => 32 };
var rounds = new Option<int>("--rounds") { Description = "Rounds of the baseline and the journal in turn.", DefaultValueFactory = _ => 5 };
var seconds = new Option<double>("--seconds") { Description = "How long one run is.", DefaultValueFactory = _ => 12 };
var entries = new Option<long>("--entries")
{
    Description = "Entries of the journal that is started on.",
    DefaultValueFactory = _ => 10_000_000,
};

var memory = new Command("memory", "Reserve and settle in memory, on one thread.") { rounds, seconds };
memory.SetAction(parsed => MemoryRun.Run(parsed.GetValue(rounds), parsed.GetValue(seconds)));
var journal = new Command("journal", "Reserve and settle, each awaited until it's durable; beside a bare commit.")
{
    callers,
    rounds,
    seconds,
};
journal.SetAction(parsed => JournalRun.RunAsync(parsed.GetValue(callers), parsed.GetValue(rounds), parsed.GetValue(seconds)));
var restart = new Command("restart", "Fill a journal, kill its process, and start on it.") { entries };
restart.SetAction(parsed => RestartRun.RunAsync(parsed.GetValue(entries)));
var directory = new Argument<string>("directory");
var fill = new Command("fill") { directory, entries };
fill.Hidden = true;
fill.SetAction(parsed => RestartRun.FillAsync(parsed.GetValue(directory)!, parsed.GetValue(entries)));
var open = new Command("open") { directory };
open.Hidden = true;
open.SetAction(parsed => RestartRun.OpenAsync(parsed.GetValue(directory)!));

return await new RootCommand("What the ledger costs.") { memory, journal, restart, fill, open }
    .Parse(args)
    .InvokeAsync();
