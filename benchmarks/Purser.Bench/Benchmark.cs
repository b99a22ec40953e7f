using System.Diagnostics;
using Purser.Bench.Load;
using Purser.Bench.Measuring;
using Purser.Bench.Reporting;
using Purser.Bench.Targets;

namespace Purser.Bench;

/// <summary>
/// The run: start-up times, then all targets side by side and warmed up, then rounds in which each row visits each target, so
/// that whatever else the machine does meanwhile falls on all of them.
/// </summary>
internal sealed class Benchmark(Options options)
{
    private readonly Workplace place = new(options.Out, options.Port);
    private readonly List<Sample> samples = [];
    private readonly List<StartUp> startUps = [];
    private readonly List<string> failures = [];
    private TimeSpan patience = TimeSpan.FromSeconds(options.Patience);

    /// <returns>False when one row of one target failed.</returns>
    public async Task<bool> RunAsync()
    {
        if (Environment.ProcessorCount < 2)
        {
            throw new BenchException("two cores are needed: one for the proxy, one for load and upstream");
        }
        var targets = ChooseTargets();
        var rows = options
            .Rows.Select(id => Row.All.FirstOrDefault(row => row.Id == id) ?? throw new BenchException($"no row is called '{id}'"))
            .ToList();
        place.Clear();
        using var upstream = Child.Start(
            Workplace.LoadCore,
            place.FileOf("upstream.txt"),
            Self.Environment,
            Self.Command("upstream", $"{place.Upstream.Port}")
        );

        var running = new List<Running>();
        try
        {
            await StartAsync(targets, running);
            await WarmUpAsync(running, rows);
            await MeasureAsync(running, rows);
        }
        finally
        {
            running.ForEach(one => one.Dispose());
        }

        var results = new Results(
            DateTimeOffset.UtcNow,
            options,
            [.. targets.Select(target => new Results.Subject(target.Name, target.VariantOf))],
            samples,
            startUps,
            failures
        );
        var markdown = Markdown.Write(results, rows);
        await File.WriteAllTextAsync(Path.Combine(place.Output, "results.json"), results.ToJson());
        await File.WriteAllTextAsync(Path.Combine(place.Output, "results.md"), markdown);
        Console.WriteLine(markdown);
        Console.WriteLine($"written to {place.Output}/results.json and results.md");
        return failures.Count == 0;
    }

    private List<Target> ChooseTargets()
    {
        IEnumerable<Target> Named(string name) =>
            name switch
            {
                "direct" => [new DirectTarget()],
                "nginx" => [new NginxTarget()],
                "yarp" => [new YarpTarget()],
                "portkey" => [new PortkeyTarget(place.Upstream)],
                "purser" => [new PurserTarget()],
                "purser-auto" => [new PurserTarget(auto: true)],
                "purser-variants" => PurserTarget.Features.Select(feature => new PurserTarget(feature)),
                _ => throw new BenchException($"no target is called '{name}'"),
            };
        return
        [
            .. options.Only.SelectMany(Named),
            .. options.Before is { } older ? [new PurserTarget(program: older)] : Array.Empty<Target>(),
            .. options.Also.Select(also => new CommandTarget(also.Name, also.Command)),
        ];
    }

    /// <summary>Starts every target, once, or once a round where start-up times are asked for; the last start stays.</summary>
    private async Task StartAsync(List<Target> targets, List<Running> running)
    {
        var body = Row.All[0].Body();
        for (var n = 0; n < targets.Count; n++)
        {
            var first = Running.Start(targets[n], place, options.Port + 1 + n);
            running.Add(first);
            await first.ListeningAsync();
            await targets[n]
                .PrepareAsync(new Uri($"http://{first.Address}"), first.Process?.Log ?? "", new CancellationTokenSource(30_000).Token);
            await first.FirstAnswerAsync(Stopwatch.GetTimestamp(), body);
        }
        for (var round = 1; options.StartUp && round <= options.Rounds; round++)
        {
            for (var n = 0; n < targets.Count; n++)
            {
                if (running[n].Process is null)
                {
                    continue;
                }
                running[n].Dispose();
                var since = Stopwatch.GetTimestamp();
                running[n] = Running.Start(targets[n], place, options.Port + 1 + n);
                startUps.Add(new StartUp(round, targets[n].Name, await running[n].FirstAnswerAsync(since, body)));
            }
        }
    }

    /// <summary>Lets just-in-time compilers finish with each kind of request; what is seen here is not counted.</summary>
    private async Task WarmUpAsync(List<Running> running, List<Row> rows)
    {
        if (options.WarmupSeconds == 0)
        {
            return;
        }
        foreach (var row in rows.DistinctBy(row => (row.Streamed, row.BodyBytes)))
        {
            foreach (var one in running)
            {
                Console.Error.WriteLine($"warm up: {row.Title}: {one.Target.Name}");
                await TryAsync(one, row, () => new Loader(place).RunAsync(one, row, options.WarmupSeconds));
            }
        }
    }

    private async Task MeasureAsync(List<Running> running, List<Row> rows)
    {
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var row in rows)
            {
                // Each round begins with another target, so that none is always first after a pause.
                foreach (var one in running.Skip(round % running.Count).Concat(running.Take(round % running.Count)))
                {
                    await TryAsync(one, row, () => MeasureOneAsync(one, row, round));
                }
            }
        }
    }

    /// <summary>Measures at a quiet moment, where patience lasts for one, and again when others came in between.</summary>
    private async Task MeasureOneAsync(Running one, Row row, int round)
    {
        Sample sample;
        do
        {
            patience = await OtherWork.QuietAsync(patience);
            var others = new OtherWork();
            var before = one.CpuSeconds();
            var load = await new Loader(place).RunAsync(one, row, options.Seconds);
            sample = new Sample(
                round,
                row.Id,
                one.Target.Name,
                load,
                one.CpuSeconds() - before,
                one.ResidentMegabytes(),
                one.AnonymousMegabytes(),
                others.Cores()
            );
            Console.Error.WriteLine(Line(sample, row));
            patience -= sample.Disturbed ? TimeSpan.FromSeconds(options.Seconds) : TimeSpan.Zero;
        } while (sample.Disturbed && patience > TimeSpan.Zero);
        samples.Add(sample);
    }

    private static string Line(Sample sample, Row row) =>
        $"round {sample.Round}  {row.Title, -14} {sample.Target, -20} {sample.RequestsPerSecond, 9:0} /s  {sample.RequestsPerCpuSecond, 9:0} /cpu-s  "
        + $"core {sample.CpuSeconds / sample.Load.Seconds, 4:0%}  p50 {sample.Load.P50Us, 7:0} us  p99 {sample.Load.P99Us, 7:0} us  others {sample.OthersCores:0.00}";

    private async Task TryAsync(Running one, Row row, Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (BenchException wrong)
        {
            failures.Add($"{one.Target.Name}, {row.Title}: {wrong.Message}");
            Console.Error.WriteLine($"FAILED  {failures[^1]}");
        }
    }
}
