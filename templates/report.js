(function(){
  var root=document.documentElement,button=document.getElementById('theme');
  if(button){button.hidden=false;button.addEventListener('click',function(){
    var dark=root.dataset.theme?root.dataset.theme==='dark':matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme=dark?'light':'dark';});}
  addEventListener('beforeprint',function(){document.querySelectorAll('details').forEach(function(d){d.open=true;});});

  var list=document.getElementById('runs'),form=document.getElementById('filter'),single=list&&list.hasAttribute('data-many');
  // Of many runs one section is open at a time; the style does so on screens only, so that all are printed.
  function show(section){
    if(!single||!section){return;}
    var old=document.querySelector('.run.one.shown');
    if(old){old.classList.remove('shown');}
    section.classList.add('shown');
    document.querySelectorAll('#runs tr.current').forEach(function(row){row.classList.remove('current');});
    var link=document.querySelector('#runs a[href="#'+CSS.escape(section.id)+'"]');
    if(link){link.closest('tr').classList.add('current');}
  }
  function reveal(){
    var id='',at=null;
    try{id=decodeURIComponent(location.hash.slice(1));}catch(error){id=location.hash.slice(1);}
    at=id&&document.getElementById(id);
    if(at){show(at.closest('.run.one'));}
    for(var n=at;n;n=n.parentElement){if(n.tagName==='DETAILS'){n.open=true;}}
    if(at){at.scrollIntoView();}
  }
  if(single){root.classList.add('single');show(document.querySelector('.run.one'));}
  addEventListener('hashchange',reveal);reveal();

  if(!form){return;}
  form.hidden=false;
  var body=list.querySelector('tbody'),rows=Array.prototype.slice.call(body.rows),texts=rows.map(function(row){return row.textContent.toLowerCase();});
  var text=document.getElementById('f-text'),verdict=document.getElementById('f-verdict'),cause=document.getElementById('f-cause'),count=document.getElementById('f-count');
  function filter(){
    var words=text.value.toLowerCase().split(/\s+/),shown=0;
    rows.forEach(function(row,i){
      var fits=(!verdict.value||row.dataset.verdict===verdict.value)&&(!cause.value||row.dataset.cause===cause.value)
        &&words.every(function(word){return texts[i].indexOf(word)>=0;});
      row.hidden=!fits;if(fits){shown++;}
    });
    count.textContent=shown+' of '+rows.length+' runs';
  }
  form.addEventListener('submit',function(event){event.preventDefault();});
  form.addEventListener('input',filter);filter();

  var keys={name:function(r){return r.cells[0].textContent;},cause:function(r){return r.cells[2].textContent;},
    number:function(r){return +r.dataset.number;},steps:function(r){return +r.dataset.steps;}};
  list.querySelectorAll('th[data-sort]').forEach(function(head){
    var sorter=document.createElement('button');
    sorter.type='button';sorter.textContent=head.textContent;head.textContent='';head.appendChild(sorter);
    sorter.addEventListener('click',function(){
      var up=head.getAttribute('aria-sort')!=='ascending',key=keys[head.dataset.sort];
      list.querySelectorAll('th[aria-sort]').forEach(function(other){other.removeAttribute('aria-sort');});
      head.setAttribute('aria-sort',up?'ascending':'descending');
      rows.slice().sort(function(a,b){
        var x=key(a),y=key(b),by=typeof x==='number'?x-y:x.localeCompare(y,undefined,{numeric:true});
        return (up?by:-by)||a.dataset.number-b.dataset.number;
      }).forEach(function(row){body.appendChild(row);});
    });
  });
})();
