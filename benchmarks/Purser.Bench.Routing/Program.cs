using System.Globalization;
using Purser.Bench.Routing;
using Purser.Routing.Learning;
using Purser.Routing.Understanding;

// What it takes to understand a request and to expect what each of ten models makes of it, in processor time: each call on its own, since what
// counts is the slow one. MODEL is a model file; one is made where none is given.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const long warmUp = 1_000_000_000;
const int most = 10;
var calls = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
var file = args.Length > 1 ? File.ReadAllBytes(args[1]) : MadeModel.Create(1);
var predictor = ModelFile.Read(file).Predictor;
string[] models = [.. predictor.Models.Take(most)];
Console.WriteLine($"a model file of {file.Length:N0} bytes, {models.Length} models");
Console.WriteLine($"{"", -28} {"", 8} {"understood", 17} {"and expected", 17} {"", 10}");
Console.WriteLine(
    $"{"a request", -28} {"bytes", 8} {"p50 µs", 8} {"p99 µs", 8} {"p50 µs", 8} {"p99 µs", 8} {"allocated", 10}   class, difficulty"
);
foreach (var (name, body) in Requests.All)
{
    var (middle, slow, _) = Measure(() => RequestReader.Read(body));
    var (middleAll, slowAll, allocated) = Measure(() => Expect(body));
    var features = RequestReader.Read(body);
    Console.WriteLine(
        $"{name, -28} {body.Length, 8} {middle, 8:0.0} {slow, 8:0.0} {middleAll, 8:0.0} {slowAll, 8:0.0} {allocated, 8} B   {features.Class}, {features.Difficulty:0.00}"
    );
}

void Expect(byte[] body)
{
    var features = RequestReader.Read(body);
    foreach (var model in models)
    {
        predictor.Predict(features, model);
    }
}

(double Middle, double Slow, long Allocated) Measure(Action call)
{
    // Until the runtime has optimized it.
    var begin = ThreadTime.Now;
    while (ThreadTime.Now - begin < warmUp)
    {
        call();
    }

    var times = new double[calls];
    var allocated = GC.GetAllocatedBytesForCurrentThread();
    for (var at = 0; at < calls; at++)
    {
        var start = ThreadTime.Now;
        call();
        times[at] = (ThreadTime.Now - start) / 1000.0;
    }

    allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
    Array.Sort(times);
    return (times[calls / 2], times[calls * 99 / 100], allocated / calls);
}
