(function(){
  var root=document.documentElement,button=document.getElementById('theme');
  if(button){button.hidden=false;button.addEventListener('click',function(){
    var dark=root.dataset.theme?root.dataset.theme==='dark':matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme=dark?'light':'dark';});}
  addEventListener('beforeprint',function(){document.querySelectorAll('details').forEach(function(d){d.open=true;});});
  function reveal(){var id=decodeURIComponent(location.hash.slice(1)),at=id&&document.getElementById(id);
    for(var n=at;n;n=n.parentElement){if(n.tagName==='DETAILS'){n.open=true;}} if(at){at.scrollIntoView();}}
  addEventListener('hashchange',reveal);reveal();
})();
